// Where one webhook stands: what it may send next, and what each outcome changes. No input or output of its own.
//
// Purpose: at-least-once delivery over a cursor. Operations are taken from the log in order up to the frontier; those
// taken and not settled are `open` (at most one for each delivery in flight); a failed one becomes a retry and is
// settled. So what has to be remembered does not grow with the backlog.
// Invariants: every operation up to the frontier is delivered, filtered out, open, a retry, or dead. Each failure in
// a row takes one from the deliveries allowed at once; after the policy's max_in_flight of them the webhook is failing:
// retries are sent one at a time, as probes, and the log waits. An ordered webhook has one delivery in flight, always
// of the lowest operation that is not settled. Thread-safety: none; part of the loop's state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "control/webhooks.h"
#include "dispatcher/outcome.h"
#include "dispatcher/retry_queue.h"
#include "dispatcher/schedule.h"

namespace choreo::dispatcher {

struct DeliveryPolicy {
  Schedule schedule;
  int max_in_flight = 4;
  std::int64_t max_probe_ms = 300'000;  // a failing endpoint is tried this often, whatever the schedule says
  // With this many retries waiting, the log waits too: an endpoint that refuses a share of all operations must not fill
  // control.db with them.
  std::size_t max_retries = 10'000;
  std::int64_t disable_after_ms = 5 * kDayMs;  // of nothing but failures; the warning comes after half of it
};

struct Candidate {
  enum class Kind {
    none,
    again,     // send op_id: a retry, or what a restart left open
    from_log,  // send the next operation after frontier() that passes the filter
  };
  Kind kind = Kind::none;
  std::int64_t op_id = 0;
};

class WebhookState {
 public:
  // webhook: as stored. policy and random outlive this.
  WebhookState(const control::Webhook& webhook, std::size_t stored_retries, const DeliveryPolicy& policy,
               Random& random);

  // Takes over what a client may change. Before next(), retries may have to be refilled.
  void configure(const control::Webhook& webhook);

  // What may be sent now. head: of the instance's log.
  Candidate next(std::int64_t now_ms, std::int64_t head);
  // When next() may give something that it does not give now, all else unchanged; nothing: not by time alone.
  std::optional<std::int64_t> wake_at(std::int64_t head) const;

  // Nothing up to op_id passes the filter. REQUIRES: op_id > frontier().
  void skip_to(std::int64_t op_id);
  // The candidate is on its way. REQUIRES: next() gave it; for from_log, nothing between frontier() and op_id passes.
  void start(const Candidate& candidate, std::int64_t op_id, std::int64_t now_ms);
  // REQUIRES: op_id was started and not finished.
  void finish(std::int64_t op_id, const Outcome& outcome, std::int64_t now_ms);
  // It cannot be sent at all, now or later. REQUIRES: as for finish.
  void abandon(std::int64_t op_id, const std::string& reason, std::int64_t now_ms);

  // Whether a replay may add operations: few enough wait, and what it added before is stored.
  bool takes_replay() const { return retries_.size() < RetryQueue::kWindow && !pending_.replay; }
  // Has these sent (again), and stores with them how far the replay has come. REQUIRES: takes_replay(); all ids are at
  // most frontier().
  void replay(const std::vector<std::int64_t>& op_ids, const control::Replay& position, bool done, std::int64_t now_ms);

  // All that waits is due now, and an endpoint that asked for a pause is called: somebody says that it is back.
  // control.db says the same of what is not in memory. Retries have to be refilled, once this is stored.
  void make_due(std::int64_t now_ms);

  bool ordered() const { return ordered_; }
  bool needs_refill() const { return retries_.needs_refill(); }
  int refill_limit() const { return static_cast<int>(RetryQueue::kWindow + in_flight_.size()); }
  // rows: what control.db gives for refill_limit(). REQUIRES: needs_refill() and no outcome pending.
  void refill(std::vector<control::Retry> rows, std::int64_t now_ms);

  // What changed since settled(). An outcome is to be stored soon; a mere position can wait for longer, since what
  // was filtered out would be filtered out again.
  bool outcome_pending() const { return outcome_pending_; }
  // Nothing has happened but that operations were delivered at the first attempt, which a webhook in order waits for.
  bool outcomes_can_wait() const {
    const bool others = !pending_.retries.empty() || !pending_.delivered.empty() || !pending_.dead.empty();
    return !ordered_ && !others && !pending_.replay && !failing();
  }
  bool position_pending() const { return position_pending_; }
  bool warning_pending() const { return pending_.warned; }
  const std::string& warning() const { return warning_; }
  const std::string& disabled_reason() const { return pending_.disabled_reason; }  // until settled()
  control::Settlement settlement() const;
  void settled();

  std::int64_t frontier() const { return frontier_; }
  // Everything up to it is settled.
  std::int64_t cursor() const;
  std::size_t retrying() const { return retries_.size(); }
  int in_flight() const { return static_cast<int>(in_flight_.size()); }
  bool troubled() const { return consecutive_failures_ > 0; }
  bool failing() const { return consecutive_failures_ >= policy_.max_in_flight; }
  bool disabled() const { return disabled_ || !pending_.disabled_reason.empty(); }
  std::int64_t consecutive_failures() const { return consecutive_failures_; }

 private:
  struct Flight {
    bool retry = false;
    bool early = false;      // before its time: as a probe, or since the endpoint is back
    control::Retry history;  // attempts made before this one
  };
  int allowance() const;
  bool log_ready(std::int64_t head) const;
  Candidate next_in_order(std::int64_t now_ms, std::int64_t head) const;
  std::int64_t due_in_order(const control::Retry& retry) const;
  Candidate probe(std::int64_t now_ms, std::int64_t head) const;
  bool log_may_probe(std::int64_t head) const;
  std::int64_t probe_due(const control::Retry& retry) const;
  std::int64_t due_retry(std::int64_t now_ms);
  void succeed(std::int64_t op_id, const Flight& flight);
  void fail(std::int64_t op_id, Flight flight, const Outcome& outcome, std::int64_t now_ms);
  void set_log_probe(std::int64_t now_ms);
  void schedule(control::Retry retry, const Outcome& outcome, control::Attempt& attempt, std::int64_t now_ms);
  void note_failing(std::int64_t now_ms);
  void drop_retry_changes(std::int64_t op_id);
  std::int64_t next_attempt_ms() const;

  const DeliveryPolicy& policy_;
  Random& random_;
  std::string id_;
  bool ordered_ = false;
  int max_in_flight_ = 0;  // 0: the policy's

  std::int64_t frontier_;
  std::vector<std::int64_t> waiting_;  // left open by an earlier run, ascending; sent first
  std::map<std::int64_t, Flight> in_flight_;
  RetryQueue retries_;
  std::vector<std::int64_t> comeback_;  // retries to try at once since the endpoint is back, last first
  bool log_turn_ = true;                // retries and the log take turns

  std::int64_t consecutive_failures_;
  std::string last_error_;
  std::int64_t failing_since_ms_;
  std::string warning_;
  std::int64_t last_failure_ms_ = 0;
  std::int64_t probe_at_ms_ = 0;      // of retries that had been due before the last failure: not before
  bool refused_ = false;              // the last failure was an answer that said no
  bool slowed_ = false;               // one at a time until the next success
  int log_probes_ = 0;                // since it began failing
  std::int64_t log_probe_at_ms_ = 0;  // not before
  std::int64_t paused_until_ms_ = 0;

  bool disabled_ = false;  // and that is stored: outcomes that follow do not say it again
  bool outcome_pending_ = false;
  bool position_pending_ = false;
  control::Settlement pending_;  // outcomes only; settlement() adds the rest
};

}  // namespace choreo::dispatcher
