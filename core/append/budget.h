// What one request may generate: operations and their bytes, together over snapshot ingest, rules and emergence scans.
//
// Purpose: what a request costs must not depend on how many rules meet how large values. Invariant: a request that
// would pass a limit is refused whole, with the numbers.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "base/result.h"
#include "operation/operation.h"

namespace choreo::append {

struct GeneratedLimits {
  std::int64_t operations = kDefaultMaxGenerated;
  std::int64_t bytes = kDefaultMaxGeneratedBytes;      // of all targets, contexts and frames
  std::int64_t template_bytes = kDefaultMaxBodyBytes;  // of what one rule makes: as much as a client may send
};

class Budget {
 public:
  explicit Budget(const GeneratedLimits& limits) : limits_(limits) {}

  const GeneratedLimits& limits() const { return limits_; }
  // Before the draft is kept or appended. Errors: too_large/too_many_generated, too_large/generated_too_large.
  Status take(const Draft& draft);

 private:
  const GeneratedLimits limits_;
  std::int64_t operations_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace choreo::append
