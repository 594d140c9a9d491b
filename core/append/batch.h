// One transaction of group commit: its requests one after the other, then the commit.
//
// Invariants: a request that is refused has written nothing when its error is returned; a storage failure ends the
// whole transaction (fatal()). Thread-safety: one thread. REQUIRES: the InstanceLock is held while it lives; begin()
// succeeded before append().
#pragma once

#include <string>
#include <vector>

#include "append/appender.h"
#include "log/writer.h"

namespace choreo::append {

class Batch {
 public:
  Batch(log::Writer& writer, Clock& clock) : writer_(writer), clock_(clock) {}

  Status begin();
  // Errors of kind invalid, not_found, conflict and precondition_failed concern this request alone; see fatal().
  Result<Answer> append(const Request& request);
  // Returns what was committed; its first_id is 0 where nothing was.
  Result<Committed> commit(const std::string& slug, std::size_t max_record_bytes);
  void rollback() { writer_.rollback(); }

  static bool fatal(const Error& error);

 private:
  Result<Operation> append_one(const Draft& draft);
  Result<Answer> append_new(const Request& request);
  Status generate(const Request& request, Answer& answer);
  Status check_precondition(const Request& request);

  log::Writer& writer_;
  Clock& clock_;
  std::int64_t head_before_ = 0;
  std::vector<std::string> records_;
};

}  // namespace choreo::append
