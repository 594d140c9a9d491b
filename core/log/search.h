// Searching the log backwards for operations that may match, without reading where none can be (log/zones.h).
//
// Ownership: uses the reader's connection and a read transaction that lasts as long as the search; the reader must
// outlive it and may not be used by others meanwhile. Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/reader.h"
#include "log/zones.h"

namespace choreo::log {

// What every match has.
struct SearchFor {
  std::optional<std::string> mentions;  // an id that its target names
  std::optional<Operator> op;
  std::optional<std::int64_t> after_ms;   // later than
  std::optional<std::int64_t> before_ms;  // earlier than
  std::vector<std::uint64_t> terms;       // term() of members that it has
};

class Search {
 public:
  static Result<std::unique_ptr<Search>> open(Reader& reader, SearchFor wanted);
  ~Search();
  // The next operations, newest first, matching or not; empty at the end.
  Result<std::vector<Operation>> next();

  struct Impl;

 private:
  explicit Search(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
