#include "dispatcher/webhook_state.h"

#include <algorithm>

namespace choreo::dispatcher {

WebhookState::WebhookState(const control::Webhook& webhook, std::size_t stored_retries, const DeliveryPolicy& policy,
                           Random& random)
    : policy_(policy),
      random_(random),
      id_(webhook.id),
      frontier_(webhook.frontier),
      waiting_(webhook.open),
      retries_(stored_retries),
      consecutive_failures_(webhook.consecutive_failures),
      last_error_(webhook.last_error),
      failing_since_ms_(webhook.failing_since_ms),
      warning_(webhook.warning),
      paused_until_ms_(webhook.paused_until_ms),
      position_pending_(webhook.in_flight > 0) {
  configure(webhook);
}

void WebhookState::configure(const control::Webhook& webhook) {
  ordered_ = webhook.ordered;
  max_in_flight_ = webhook.max_in_flight;
  retries_.set_order(ordered_ ? RetryQueue::Order::by_operation : RetryQueue::Order::by_time);
}

int WebhookState::allowance() const {
  if (slowed_ || ordered_) return 1;
  const int most = max_in_flight_ > 0 ? max_in_flight_ : policy_.max_in_flight;
  return static_cast<int>(std::max<std::int64_t>(1, most - consecutive_failures_));
}

bool WebhookState::log_ready(std::int64_t head) const {
  if (ordered_ && (retries_.size() > 0 || !waiting_.empty())) return false;
  return frontier_ < head && retries_.size() + in_flight_.size() < policy_.max_retries;
}

Candidate WebhookState::next(std::int64_t now_ms, std::int64_t head) {
  if (disabled() || now_ms < paused_until_ms_ || in_flight() >= allowance()) return {};
  if (ordered_) return next_in_order(now_ms, head);
  if (failing()) return probe(now_ms, head);
  if (!waiting_.empty()) return {Candidate::Kind::again, waiting_.front()};
  const bool log = log_ready(head);
  if (log && log_turn_) return {Candidate::Kind::from_log};
  if (const std::int64_t op_id = due_retry(now_ms)) return {Candidate::Kind::again, op_id};
  return log ? Candidate{Candidate::Kind::from_log} : Candidate{};
}

Candidate WebhookState::next_in_order(std::int64_t now_ms, std::int64_t head) const {
  const control::Retry* first = retries_.first();
  if (!waiting_.empty() && (!first || waiting_.front() < first->op_id))
    return {Candidate::Kind::again, waiting_.front()};
  if (!first) return log_ready(head) ? Candidate{Candidate::Kind::from_log} : Candidate{};
  return now_ms >= due_in_order(*first) ? Candidate{Candidate::Kind::again, first->op_id} : Candidate{};
}

// One that has not failed since the last success (a replay, a change from parallel) has nothing to wait for.
std::int64_t WebhookState::due_in_order(const control::Retry& retry) const {
  if (failing()) return probe_due(retry);
  return consecutive_failures_ > 0 ? retry.next_ms : 0;
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

// Before its time where the schedule has come to long waits: an endpoint that is back should not wait for hours. One
// that was due before the last failure waits a little: with thousands of them a dead endpoint would be tried without
// pause.
std::int64_t WebhookState::probe_due(const control::Retry& retry) const {
  const std::int64_t due = retry.next_ms > last_failure_ms_ ? retry.next_ms : std::max(retry.next_ms, probe_at_ms_);
  return std::min(due, last_failure_ms_ + policy_.max_probe_ms);
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
  if (ordered_) {
    if (first) or_at(due_in_order(*first));
    if (log_ready(head)) or_at(0);
  } else if (failing()) {
    if (log_may_probe(head)) or_at(log_probe_at_ms_);
    if (first) or_at(probe_due(*first));
  } else {
    if (log_ready(head) || !comeback_.empty()) or_at(0);
    if (first) or_at(first->next_ms);
  }
  if (at) at = std::max(*at, paused_until_ms_);
  return at;
}

std::int64_t WebhookState::cursor() const {
  std::int64_t first_open = frontier_ + 1;
  if (!waiting_.empty()) first_open = std::min(first_open, waiting_.front());
  for (const auto& [op_id, flight] : in_flight_)
    if (!flight.retry) first_open = std::min(first_open, op_id);
  return first_open - 1;
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
  position_pending_ = true;  // so that it is seen what is on its way
}

}  // namespace choreo::dispatcher
