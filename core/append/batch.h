// One transaction of group commit: its requests one after the other, then the commit.
//
// Invariants: a request that is refused has written nothing when its error is returned; a storage failure ends the
// whole transaction (fatal()). Thread-safety: one thread. REQUIRES: the InstanceLock is held while it lives; begin()
// succeeded before append().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "append/appender.h"
#include "append/budget.h"
#include "append/records.h"
#include "append/rules.h"
#include "log/writer.h"

namespace choreo::append {

// Whether it generates operations from much else than itself: a snapshot ingest, an emergence scan.
bool is_compound(const Draft& draft);

class Batch {
 public:
  // rules: compiled for the writer's instance; kept by the caller between batches.
  // max_record_bytes: what Committed may hold. limits: of what one request generates.
  Batch(log::Writer& writer, Rules& rules, Clock& clock, std::size_t max_record_bytes, const GeneratedLimits& limits)
      : writer_(writer), rules_(rules), clock_(clock), records_(max_record_bytes), limits_(limits) {}

  // between: called after each generated operation.
  void call_between(std::function<void()> between) { between_ = std::move(between); }

  Status begin();
  // Errors of kind invalid, not_found, conflict, precondition_failed and too_large concern this request alone; see
  // fatal().
  Result<Answer> append(const Request& request);
  // The same for a part of a larger request, a seed, which has one budget.
  Result<Answer> append(const Request& request, Budget& budget);
  // Returns what was committed; its first_id is 0 where nothing was.
  // The functions are as log::Writer::commit()'s.
  Result<Committed> commit(const std::string& slug, const std::function<void()>& before_sync = {},
                           const std::function<void()>& after_sync = {});
  void rollback() {
    rules_ = Rules();  // they may have been compiled from what is undone
    writer_.rollback();
  }

  static bool fatal(const Error& error);
  // Of a too_large error that came from the database, where, as with log::kEntityTooLarge, a part of the request may
  // have been written.
  static constexpr const char* kBeyondStorage = "too_large";

 private:
  Result<Operation> append_one(const Draft& draft);
  Result<Answer> append_new(const Request& request, bool strict, Budget& budget);
  // Adds what the operation is to be warned of, and refuses it where it is strict.
  Status warn(const Request& request, bool strict, const Operation& operation, std::size_t changed);
  // Appends an operation that another one caused, and lists it in the answer.
  Result<Operation> append_generated(Draft draft, Answer& answer);
  Status ingest(const Request& request, bool strict, Answer& answer, Budget& budget);
  Status scan(Answer& answer, Budget& budget);
  // Returns what the rules made of it.
  Result<std::vector<Operation>> hold_against_rules(const Operation& operation, Answer& answer, Budget& budget);
  Status check_precondition(const Request& request);

  log::Writer& writer_;
  Rules& rules_;
  Clock& clock_;
  std::int64_t head_before_ = 0;
  Records records_;
  const GeneratedLimits limits_;
  std::function<void()> between_;
  std::vector<RuleError> rule_errors_;  // of the request at hand, as are the warnings
  std::vector<Warning> warnings_;
  // The request's own time where a seed gave one: what it causes happened then too.
  std::optional<std::int64_t> cause_ts_ms_;
};

}  // namespace choreo::append
