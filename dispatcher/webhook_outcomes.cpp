// The half of WebhookState that takes outcomes in and gives out what is to be stored.
#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "dispatcher/webhook_state.h"

namespace choreo::dispatcher {
namespace {

constexpr std::size_t kMaxErrorBytes = 300;

template <class Changes, class Same>
void erase_if_there(Changes& changes, Same same) {
  changes.erase(std::remove_if(changes.begin(), changes.end(), same), changes.end());
}

}  // namespace

void WebhookState::finish(std::int64_t op_id, const Outcome& outcome, std::int64_t now_ms) {
  const auto found = in_flight_.find(op_id);
  if (found == in_flight_.end()) return;
  Flight flight = std::move(found->second);
  in_flight_.erase(found);
  outcome_pending_ = true;
  pending_.attempted = true;
  if (outcome.kind == Outcome::Kind::delivered) {
    pending_.attempts.push_back(attempt_of(outcome, op_id, flight.history.tries + 1, now_ms));
    succeed(op_id, flight);
  } else {
    fail(op_id, std::move(flight), outcome, now_ms);
  }
}

void WebhookState::succeed(std::int64_t op_id, const Flight& flight) {
  if (flight.retry) {
    drop_retry_changes(op_id);
    pending_.delivered.push_back(op_id);
  }
  if (failing()) {
    comeback_ = retries_.window_ids();
    std::reverse(comeback_.begin(), comeback_.end());
  }
  consecutive_failures_ = 0;
  log_probes_ = 0;
  slowed_ = false;
  last_error_.clear();
  failing_since_ms_ = 0;
  warning_.clear();
  pending_.succeeded = true;
}

void WebhookState::fail(std::int64_t op_id, Flight flight, const Outcome& outcome, std::int64_t now_ms) {
  last_error_ = shortened(outcome.error, kMaxErrorBytes, "");
  const bool was_failing = failing();
  ++consecutive_failures_;
  last_failure_ms_ = now_ms;
  probe_at_ms_ = now_ms + policy_.schedule.longest_ms(1);
  refused_ = outcome.refused;
  slowed_ = slowed_ || outcome.slow_down;
  // The endpoint names the time for all its deliveries, not for this one only.
  if (outcome.retry_after_ms > 0) paused_until_ms_ = std::max(paused_until_ms_, now_ms + outcome.retry_after_ms);
  if (failing() && !(was_failing && flight.retry)) set_log_probe(now_ms);
  note_failing(now_ms);
  if (outcome.kind == Outcome::Kind::gone) pending_.disabled_reason = outcome.error;

  control::Retry retry = std::move(flight.history);
  retry.error = last_error_;
  control::Attempt attempt = attempt_of(outcome, op_id, ++retry.tries, now_ms);
  drop_retry_changes(op_id);
  if (flight.early) {  // an extra try: it does not bring the end of the schedule nearer
    attempt.next_ms = retry.next_ms;
    pending_.retries.push_back(retry);
    retries_.put(std::move(retry));
  } else {
    schedule(std::move(retry), outcome, attempt, now_ms);
  }
  pending_.attempts.push_back(std::move(attempt));
}

void WebhookState::schedule(control::Retry retry, const Outcome& outcome, control::Attempt& attempt,
                            std::int64_t now_ms) {
  ++retry.attempts;
  retry.next_ms = now_ms;
  if (retry.attempts > policy_.schedule.retries()) {
    attempt.result = control::Attempt::Result::given_up;
    pending_.dead.push_back(std::move(retry));
    return;
  }
  if (!disabled()) {
    retry.next_ms += std::max(policy_.schedule.delay_ms(retry.attempts, random_), outcome.retry_after_ms);
    attempt.next_ms = retry.next_ms;
  }
  pending_.retries.push_back(retry);
  retries_.put(std::move(retry));
}

// What has failed for long is switched off, after a warning; a few failures in a row there must have been, since a
// clock that was set forward makes any time long.
void WebhookState::note_failing(std::int64_t now_ms) {
  if (failing_since_ms_ == 0) failing_since_ms_ = now_ms;
  failing_since_ms_ = std::min(failing_since_ms_, now_ms);
  const std::int64_t disable_at_ms = failing_since_ms_ + policy_.disable_after_ms;
  if (!failing()) return;
  const std::string since = "nothing but failures since " + format_timestamp(failing_since_ms_);
  if (now_ms >= disable_at_ms) {
    pending_.disabled_reason = since + "; the last: " + last_error_;
  } else if (warning_.empty() && now_ms >= failing_since_ms_ + policy_.disable_after_ms / 2) {
    warning_ = since + "; the webhook will be disabled at " + format_timestamp(disable_at_ms);
    pending_.warned = true;
  }
}

void WebhookState::set_log_probe(std::int64_t now_ms) {
  comeback_.clear();
  const std::int64_t delay = policy_.schedule.delay_ms(log_probes_ + 1, random_);
  log_probe_at_ms_ = now_ms + std::min(delay, policy_.max_probe_ms);
}

void WebhookState::abandon(std::int64_t op_id, const std::string& reason, std::int64_t now_ms) {
  const auto found = in_flight_.find(op_id);
  if (found == in_flight_.end()) return;
  drop_retry_changes(op_id);
  control::Retry given_up = std::move(found->second.history);
  given_up.next_ms = now_ms;
  given_up.error = reason;
  pending_.dead.push_back(std::move(given_up));
  in_flight_.erase(found);
  outcome_pending_ = true;
}

void WebhookState::replay(const std::vector<std::int64_t>& op_ids, const control::Replay& position, bool done,
                          std::int64_t now_ms) {
  for (const std::int64_t op_id : op_ids) {
    const bool open =
        in_flight_.contains(op_id) || std::find(waiting_.begin(), waiting_.end(), op_id) != waiting_.end();
    if (open) continue;  // it is being sent as it is
    control::Retry retry = retries_.take(op_id).value_or(control::Retry{});
    retry.op_id = op_id;
    retry.attempts = 0;
    retry.next_ms = now_ms;
    drop_retry_changes(op_id);
    erase_if_there(pending_.dead, [&](const control::Retry& dead) { return dead.op_id == op_id; });
    std::erase(pending_.delivered, op_id);
    pending_.retries.push_back(retry);
    retries_.put(std::move(retry));
  }
  pending_.replay = position;
  pending_.replay_done = done;
  outcome_pending_ = true;
}

void WebhookState::make_due(std::int64_t now_ms) {
  paused_until_ms_ = log_probe_at_ms_ = probe_at_ms_ = 0;
  for (control::Retry& retry : pending_.retries) retry.next_ms = std::min(retry.next_ms, now_ms);
  comeback_.clear();
  retries_.read_again();
  outcome_pending_ = true;
}

// One operation may change twice in a turn; only its last state is stored.
void WebhookState::drop_retry_changes(std::int64_t op_id) {
  erase_if_there(pending_.retries, [&](const control::Retry& retry) { return retry.op_id == op_id; });
}

// Nothing waits longer from now on than a new failure would: a time that is further away was stored while the clock was
// ahead.
void WebhookState::refill(std::vector<control::Retry> rows, std::int64_t now_ms) {
  for (control::Retry& retry : rows) {
    const std::int64_t longest_ms = std::max(policy_.schedule.longest_ms(retry.attempts), kMaxRetryAfterMs);
    retry.next_ms = std::min(retry.next_ms, now_ms + longest_ms);
  }
  const bool complete = static_cast<int>(rows.size()) < refill_limit();
  erase_if_there(rows, [&](const control::Retry& retry) { return in_flight_.contains(retry.op_id); });
  retries_.refill(std::move(rows), complete);
}

// By time alone; 0: none is due, or it is on its way.
std::int64_t WebhookState::next_attempt_ms() const {
  if (disabled() || (retries_.size() == 0 && !failing())) return 0;
  return wake_at(frontier_).value_or(0);
}

control::Settlement WebhookState::settlement() const {
  control::Settlement settlement = pending_;
  settlement.webhook_id = id_;
  settlement.frontier = frontier_;
  settlement.open = waiting_;
  for (const auto& [op_id, flight] : in_flight_)
    if (!flight.retry) settlement.open.push_back(op_id);
  std::sort(settlement.open.begin(), settlement.open.end());
  settlement.consecutive_failures = consecutive_failures_;
  settlement.last_error = last_error_;
  settlement.failing_since_ms = failing_since_ms_;
  settlement.disable_at_ms = failing_since_ms_ == 0 ? 0 : failing_since_ms_ + policy_.disable_after_ms;
  settlement.warning = warning_;
  settlement.in_flight = in_flight();
  settlement.next_attempt_ms = next_attempt_ms();
  settlement.paused_until_ms = paused_until_ms_;
  return settlement;
}

void WebhookState::settled() {
  outcome_pending_ = false;
  position_pending_ = false;
  disabled_ = disabled();
  pending_ = {};
}

}  // namespace choreo::dispatcher
