// The projection as the operations up to some point left it (time travel).
//
// Cost: replays the log from its beginning, so it grows with the log; memory is that of the state.
#pragma once

#include <memory>
#include <optional>

#include "log/reader.h"
#include "projection/memory_store.h"

namespace choreo::log {

// Operations that count: those with id <= last_id and with a time not after until_ms, in id order.
struct Moment {
  std::optional<std::int64_t> last_id;
  std::optional<std::int64_t> until_ms;  // Unix milliseconds
};

struct Past {
  projection::MemoryStore state;
  std::int64_t last_op = 0;  // the newest operation that counted; 0 if none did
};

Result<std::unique_ptr<Past>> replay_until(Reader& reader, const Moment& moment);

}  // namespace choreo::log
