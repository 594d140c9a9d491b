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
  return failing() || slowed_ ? 1 : policy_.max_in_flight;
}

bool WebhookState::log_ready(std::int64_t head) const {
  return frontier_ < head && retries_.size() + in_flight_.size() < policy_.max_retries;
}

Candidate WebhookState::next(std::int64_t now_ms, std::int64_t head) {
  if (disabled() || now_ms < paused_until_ms_ || in_flight() >= allowance()) return {};
  if (failing()) return now_ms >= probe_at_ms_ ? probe(head) : Candidate{};
  if (!waiting_.empty()) return {Candidate::Kind::again, waiting_.front()};
  const bool log = log_ready(head);
  if (log && log_turn_) return {Candidate::Kind::from_log};
  if (const std::int64_t op_id = due_retry(now_ms)) return {Candidate::Kind::again, op_id};
  return log ? Candidate{Candidate::Kind::from_log} : Candidate{};
}

// The retry due first, whether its time has come or not. An endpoint that answers may refuse just the operations that
// are waiting, so then every other probe is a new one; else four it will never accept could hold back all others for
// days.
Candidate WebhookState::probe(std::int64_t head) const {
  if (!waiting_.empty()) return {Candidate::Kind::again, waiting_.front()};
  if (retries_.needs_refill()) return {};
  const control::Retry* first = retries_.first();
  const bool log = log_ready(head);
  if (log && (!first || (refused_ && log_turn_))) return {Candidate::Kind::from_log};
  return first ? Candidate{Candidate::Kind::again, first->op_id} : Candidate{};
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
  const control::Retry* first = retries_.first();
  const bool ready = !waiting_.empty() || log_ready(head) || !comeback_.empty();
  if (failing()) {
    if (!ready && !first) return std::nullopt;
    return std::max(paused_until_ms_, probe_at_ms_);
  }
  if (ready) return paused_until_ms_;
  if (!first) return std::nullopt;
  return std::max(paused_until_ms_, first->next_ms);
}

void WebhookState::skip_to(std::int64_t op_id) {
  frontier_ = op_id;
  position_pending_ = true;
}

void WebhookState::start(const Candidate& candidate, std::int64_t op_id, std::int64_t now_ms) {
  Flight flight;
  if (candidate.kind == Candidate::Kind::from_log) {
    skip_to(op_id);
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
  probe_failures_ = 0;
  slowed_ = false;
  last_error_.clear();
  pending_.succeeded = true;
}

void WebhookState::fail(std::int64_t op_id, Flight flight, const Outcome& outcome, std::int64_t now_ms) {
  last_error_ = outcome.error.substr(0, kMaxErrorBytes);
  const bool was_failing = failing();
  ++consecutive_failures_;
  refused_ = outcome.refused;
  slowed_ = slowed_ || outcome.slow_down;
  if (was_failing) ++probe_failures_;
  back_off(outcome, now_ms);
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

void WebhookState::back_off(const Outcome& outcome, std::int64_t now_ms) {
  // The endpoint names the time for all its deliveries, not for this one only.
  if (outcome.retry_after_ms > 0) paused_until_ms_ = std::max(paused_until_ms_, now_ms + outcome.retry_after_ms);
  const std::int64_t delay = policy_.schedule.delay_ms(probe_failures_ + 1, random_);
  if (!failing()) return;
  probe_at_ms_ = now_ms + std::min(delay, policy_.max_probe_ms);
  comeback_.clear();
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

void WebhookState::refill(std::vector<control::Retry> rows) {
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
