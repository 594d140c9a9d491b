#include "dispatcher/webhook_state.h"

#include <algorithm>

namespace choreo::dispatcher {
namespace {

constexpr std::size_t kMaxErrorBytes = 300;

template <class Changes, class Same>
void erase_if_there(Changes& changes, Same same) {
  changes.erase(std::remove_if(changes.begin(), changes.end(), same), changes.end());
}

}  // namespace

WebhookState::WebhookState(const control::Webhook& webhook, std::size_t stored_retries, const DeliveryPolicy& policy,
                           Random& random)
    : policy_(policy),
      random_(random),
      id_(webhook.id),
      frontier_(webhook.frontier),
      waiting_(webhook.open),
      retries_(stored_retries),
      consecutive_failures_(webhook.consecutive_failures),
      last_error_(webhook.last_error) {}

int WebhookState::allowance() const {
  if (slowed_) return 1;
  return static_cast<int>(std::max<std::int64_t>(1, policy_.max_in_flight - consecutive_failures_));
}

bool WebhookState::log_ready(std::int64_t head) const {
  return frontier_ < head && retries_.size() + in_flight_.size() < policy_.max_retries;
}

Candidate WebhookState::next(std::int64_t now_ms, std::int64_t head) {
  if (disabled() || now_ms < paused_until_ms_ || in_flight() >= allowance()) return {};
  if (failing()) return probe(now_ms, head);
  if (!waiting_.empty()) return {Candidate::Kind::again, waiting_.front()};
  const bool log = log_ready(head);
  if (log && log_turn_) return {Candidate::Kind::from_log};
  if (const std::int64_t op_id = due_retry(now_ms)) return {Candidate::Kind::again, op_id};
  return log ? Candidate{Candidate::Kind::from_log} : Candidate{};
}

Candidate WebhookState::probe(std::int64_t now_ms, std::int64_t head) const {
  if (!waiting_.empty()) return {Candidate::Kind::again, waiting_.front()};
  if (log_may_probe(head) && now_ms >= log_probe_at_ms_) return {Candidate::Kind::from_log};
  const control::Retry* first = retries_.first();
  if (first && now_ms >= probe_due(*first)) return {Candidate::Kind::again, first->op_id};
  return {};
}

// An endpoint that answers may refuse just the operations that are waiting, so then some probes are new ones; else a
// few that it will never accept could hold back all others for days.
bool WebhookState::log_may_probe(std::int64_t head) const {
  return log_ready(head) && (retries_.size() == 0 || refused_);
}

// Before its time where the schedule has come to long waits: an endpoint that is back should not wait for hours.
std::int64_t WebhookState::probe_due(const control::Retry& retry) const {
  return std::min(retry.next_ms, last_failure_ms_ + policy_.max_probe_ms);
}

std::int64_t WebhookState::due_retry(std::int64_t now_ms) {
  const control::Retry* first = retries_.first();
  if (first && first->next_ms <= now_ms) return first->op_id;
  while (!comeback_.empty()) {
    const std::int64_t op_id = comeback_.back();
    const std::vector<std::int64_t> window = retries_.window_ids();
    if (std::find(window.begin(), window.end(), op_id) != window.end()) return op_id;
    comeback_.pop_back();  // sent meanwhile, or moved out of the window
  }
  return 0;
}

std::optional<std::int64_t> WebhookState::wake_at(std::int64_t head) const {
  if (disabled() || in_flight() >= allowance()) return std::nullopt;
  if (!waiting_.empty()) return paused_until_ms_;
  std::optional<std::int64_t> at;
  const auto or_at = [&](std::int64_t ms) { at = std::min(at.value_or(ms), ms); };
  const control::Retry* first = retries_.first();
  if (failing()) {
    if (log_may_probe(head)) or_at(log_probe_at_ms_);
    if (first) or_at(probe_due(*first));
  } else {
    if (log_ready(head) || !comeback_.empty()) or_at(0);
    if (first) or_at(first->next_ms);
  }
  if (at) at = std::max(*at, paused_until_ms_);
  return at;
}

void WebhookState::skip_to(std::int64_t op_id) {
  frontier_ = op_id;
  position_pending_ = true;
}

void WebhookState::start(const Candidate& candidate, std::int64_t op_id, std::int64_t now_ms) {
  Flight flight;
  if (candidate.kind == Candidate::Kind::from_log) {
    skip_to(op_id);
    if (failing()) ++log_probes_;
  } else if (const auto open = std::find(waiting_.begin(), waiting_.end(), op_id); open != waiting_.end()) {
    waiting_.erase(open);
  } else if (std::optional<control::Retry> retry = retries_.take(op_id)) {
    flight = {true, retry->next_ms > now_ms, *retry};
  }
  if (!comeback_.empty() && comeback_.back() == op_id) comeback_.pop_back();
  log_turn_ = candidate.kind != Candidate::Kind::from_log;
  flight.history.op_id = op_id;
  in_flight_.emplace(op_id, std::move(flight));
}

void WebhookState::finish(std::int64_t op_id, const Outcome& outcome, std::int64_t now_ms) {
  const auto found = in_flight_.find(op_id);
  if (found == in_flight_.end()) return;
  Flight flight = std::move(found->second);
  in_flight_.erase(found);
  outcome_pending_ = true;
  pending_.attempted = true;
  if (outcome.kind == Outcome::Kind::delivered)
    succeed(op_id, flight);
  else
    fail(op_id, std::move(flight), outcome, now_ms);
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
  pending_.succeeded = true;
}

void WebhookState::fail(std::int64_t op_id, Flight flight, const Outcome& outcome, std::int64_t now_ms) {
  last_error_ = outcome.error.substr(0, kMaxErrorBytes);
  const bool was_failing = failing();
  ++consecutive_failures_;
  last_failure_ms_ = now_ms;
  refused_ = outcome.refused;
  slowed_ = slowed_ || outcome.slow_down;
  // The endpoint names the time for all its deliveries, not for this one only.
  if (outcome.retry_after_ms > 0) paused_until_ms_ = std::max(paused_until_ms_, now_ms + outcome.retry_after_ms);
  if (failing() && !(was_failing && flight.retry)) set_log_probe(now_ms);
  if (outcome.kind == Outcome::Kind::gone) pending_.disabled_reason = outcome.error;

  if (flight.early) {  // an extra try: it does not bring the end of the schedule nearer
    retries_.put(std::move(flight.history));
    return;
  }
  control::Retry retry{op_id, flight.history.attempts + 1, now_ms, last_error_};
  drop_retry_changes(op_id);
  if (retry.attempts > policy_.schedule.retries()) {
    pending_.dead.push_back(std::move(retry));
    return;
  }
  if (!disabled())
    retry.next_ms += std::max(policy_.schedule.delay_ms(retry.attempts, random_), outcome.retry_after_ms);
  pending_.retries.push_back(retry);
  retries_.put(std::move(retry));
}

void WebhookState::set_log_probe(std::int64_t now_ms) {
  comeback_.clear();
  const std::int64_t delay = policy_.schedule.delay_ms(log_probes_ + 1, random_);
  log_probe_at_ms_ = now_ms + std::min(delay, policy_.max_probe_ms);
}

void WebhookState::abandon(std::int64_t op_id, const std::string& reason) {
  const auto found = in_flight_.find(op_id);
  if (found == in_flight_.end()) return;
  drop_retry_changes(op_id);
  pending_.dead.push_back({op_id, found->second.history.attempts, 0, reason});
  in_flight_.erase(found);
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
  return settlement;
}

void WebhookState::settled() {
  outcome_pending_ = false;
  position_pending_ = false;
  std::string reason = std::move(pending_.disabled_reason);
  pending_ = {};
  pending_.disabled_reason = std::move(reason);  // it stays disabled
}

}  // namespace choreo::dispatcher
