#include "dispatcher/loop.h"

#include <algorithm>
#include <utility>

#include "dispatcher/loop_limits.h"
#include "service/logging.h"

namespace choreo::dispatcher {

Loop::Loop(control::Store& store, LogSource& source, Registry& registry, Transport& transport, Inbox& inbox,
           Clock& clock, service::Context& context)
    : store_(store),
      source_(source),
      registry_(registry),
      transport_(transport),
      inbox_(inbox),
      clock_(clock),
      context_(context),
      start_ms_(clock.wall_ms() - clock.steady_ms()),
      failure_lines_(clock),
      storage_lines_(clock) {}

void Loop::run() {
  store_.wait_for_others(kStorageWaitMs);
  reload_if_due();  // before the first wait, which nothing need end
  while (!context_.stop_requested()) turn();
  drain();
}

void Loop::turn() {
  const auto ended = transport_.run(wait_ms(), context_.stop_fd());
  keep_alive();
  finish(ended);
  take_hints();
  reload_if_due();
  settle();
  forget_old_attempts();
  ready_.fire(now_ms());
  start_pings();
  admit();
}

int Loop::wait_ms() const {
  if (storage_ok_ && more_to_admit_) return 0;
  std::int64_t wait = kMaxWaitMs;
  if (const auto timer = ready_.next_timer_ms()) wait = std::min(wait, *timer - now_ms());
  if (!dirty_.empty()) wait = std::min(wait, std::max(settle_by_ms_, settle_again_ms_) - clock_.steady_ms());
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, kMaxWaitMs));
}

// Deliveries that are cut off here are made again after the next start.
void Loop::drain() {
  context_.stopping();
  store_.wait_for_others(static_cast<int>(kDrainMs));  // nothing else waits for this thread now
  const std::int64_t deadline = clock_.steady_ms() + kDrainMs;
  for (std::int64_t left = kDrainMs; transport_.in_flight() > 0 && left > 0; left = deadline - clock_.steady_ms()) {
    finish(transport_.run(static_cast<int>(std::min<std::int64_t>(left, kMaxWaitMs)), -1));
    settle();
  }
  next_position_flush_ms_ = settle_again_ms_ = settle_by_ms_ = 0;
  settle();
  if (transport_.in_flight() > 0)
    service::log_warning("stops with deliveries on their way; they will be made again",
                         {{"deliveries", static_cast<std::int64_t>(transport_.in_flight())}});
}

void Loop::keep_alive() {
  const std::int64_t interval = context_.keep_alive_interval_ms();
  if (clock_.steady_ms() < next_keep_alive_ms_) return;
  next_keep_alive_ms_ = clock_.steady_ms() + std::min<std::int64_t>(interval, kMaxWaitMs);
  service::Values values = {{"choreo_webhook_deliveries_total", delivered_},
                            {"choreo_webhook_failures_total", failed_},
                            {"choreo_webhook_in_flight", static_cast<std::int64_t>(flights_.size())}};
  count(values);
  context_.keep_alive(values);
}

// Where control.db cannot be read the numbers of before stand.
void Loop::count(service::Values& values) {
  if (clock_.steady_ms() >= next_count_ms_) {
    next_count_ms_ = clock_.steady_ms() + kCountMs;
    if (const auto totals = store_.totals(); totals.ok()) totals_ = *totals;
  }
  std::int64_t lag = 0, lag_max = 0, failing = 0, retrying = 0;
  for (const auto& [id, endpoint] : registry_.endpoints()) {
    const std::int64_t behind = std::max<std::int64_t>(0, endpoint->instance->head - endpoint->state.cursor());
    lag += behind;
    lag_max = std::max(lag_max, behind);
    if (endpoint->state.failing()) ++failing;
    retrying += static_cast<std::int64_t>(endpoint->state.retrying());
  }
  values.insert(values.end(), {{"choreo_webhooks", totals_.webhooks},
                               {"choreo_webhooks_failing", failing},
                               {"choreo_webhooks_paused", totals_.paused},
                               {"choreo_webhooks_disabled", totals_.disabled},
                               {"choreo_webhook_lag", lag},
                               {"choreo_webhook_lag_max", lag_max},
                               {"choreo_webhook_retrying", retrying},
                               {"choreo_webhook_dead", totals_.dead}});
}

void Loop::take_hints() {
  const Hints hints = inbox_.take();
  reload_wanted_ = reload_wanted_ || hints.webhooks_changed;
  for (const std::string& slug : hints.gone) {
    registry_.distrust(slug);
    reload_wanted_ = true;
  }
  for (const auto& [slug, head] : hints.heads) {
    const std::shared_ptr<Followed> instance = registry_.followed(slug);
    if (!instance) continue;
    if (instance->epoch != head.epoch) {
      registry_.distrust(slug);
      reload_wanted_ = true;
      continue;
    }
    if (head.last_id <= instance->head) continue;
    instance->head = head.last_id;
    registry_.each_of(slug, [&](const EndpointPtr& endpoint) { ready_.push(endpoint); });
  }
}

void Loop::reload_if_due() {
  const std::int64_t now = clock_.steady_ms();
  if (now >= next_version_check_ms_) {
    next_version_check_ms_ = now + kVersionCheckMs;
    const Result<std::int64_t> version = store_.version();
    reload_wanted_ = reload_wanted_ || !version.ok() || *version != version_ || !registry_.complete();
    if (version.ok()) version_ = *version;
  }
  if (!std::exchange(reload_wanted_, false)) return;
  settle_by_ms_ = 0;
  settle();  // while each outcome's webhook is still at work
  Result<std::vector<EndpointPtr>> changed = registry_.reload();
  if (!changed.ok()) {
    service::log_error("registrations cannot be read", changed.error());
    version_ = -1;  // again at the next check
    return;
  }
  for (const EndpointPtr& endpoint : *changed) {
    if (std::exchange(endpoint->due_wanted, false)) endpoint->state.make_due(now_ms());
    if (endpoint->state.needs_refill() || endpoint->state.outcome_pending()) mark_dirty(endpoint, false);
    ready_.push(endpoint);
  }
  take_pings();
}

void Loop::forget_old_attempts() {
  const std::int64_t now = clock_.steady_ms();
  if (now < next_forget_ms_) return;
  next_forget_ms_ = now + kForgetMs;
  if (const Status status = store_.forget_old_attempts(); !status.ok())
    service::log_error("old attempts cannot be removed", status.error());
}

void Loop::finish(const std::vector<Transport::Ended>& ended) {
  for (const auto& [token, answer] : ended) {
    const auto node = flights_.extract(token);
    if (node.empty()) continue;
    const Flight& flight = node.mapped();
    if (flight.ping) {
      finish(*flight.ping, answer);
      continue;
    }
    const EndpointPtr& endpoint = flight.endpoint;
    bytes_in_flight_ -= flight.bytes;
    endpoint->bytes_in_flight -= flight.bytes;
    if (flight.troubled) --troubled_in_flight_;
    if (endpoint->stopped) continue;
    const Outcome outcome = outcome_of(answer);
    ++(outcome.kind == Outcome::Kind::delivered ? delivered_ : failed_);
    const bool was_failing = endpoint->state.failing();
    endpoint->state.finish(flight.op_id, outcome, now_ms());
    log_outcome(flight, answer, outcome, was_failing);
    mark_dirty(endpoint, !was_failing && endpoint->state.outcomes_can_wait());
    ready_.push(endpoint);
  }
}

void Loop::log_outcome(const Flight& flight, const Answer& answer, const Outcome& outcome, bool was_failing) {
  const Endpoint& endpoint = *flight.endpoint;
  const std::string& slug = endpoint.instance->slug;
  if (outcome.kind == Outcome::Kind::delivered) {
    service::log_debug("delivered", {{"webhook", endpoint.id()},
                                     {"instance", slug},
                                     {"op_id", flight.op_id},
                                     {"ms", answer.duration_ms},
                                     {"trace_id", flight.trace_id}});
    if (was_failing) service::log_info("webhook works again", {{"webhook", endpoint.id()}, {"instance", slug}});
    return;
  }
  if (const auto times = failure_lines_.count())
    service::log_warning("delivery failed", {{"webhook", endpoint.id()},
                                             {"instance", slug},
                                             {"op_id", flight.op_id},
                                             {"error", outcome.error},
                                             {"ms", answer.duration_ms},
                                             {"trace_id", flight.trace_id},
                                             {"failures_since_last_line", *times}});
  if (!endpoint.state.disabled_reason().empty())
    service::log_warning(
        "webhook disabled",
        {{"webhook", endpoint.id()}, {"instance", slug}, {"reason", endpoint.state.disabled_reason()}});
  else if (endpoint.state.warning_pending())
    service::log_warning("webhook will be disabled",
                         {{"webhook", endpoint.id()}, {"instance", slug}, {"reason", endpoint.state.warning()}});
  else if (!was_failing && endpoint.state.failing())
    service::log_warning("webhook fails; probing it",
                         {{"webhook", endpoint.id()}, {"instance", slug}, {"error", outcome.error}});
}

void Loop::mark_dirty(const EndpointPtr& endpoint, bool can_wait) {
  const std::int64_t by_ms = can_wait ? clock_.steady_ms() + kSettleMs : 0;
  settle_by_ms_ = dirty_.empty() ? by_ms : std::min(settle_by_ms_, by_ms);
  if (++unstored_ >= kSettleOutcomes) settle_by_ms_ = 0;
  if (!std::exchange(endpoint->dirty, true)) dirty_.push_back(endpoint);
}

// Successes soon, other outcomes at once, mere positions now and then.
void Loop::settle() {
  const std::int64_t now = clock_.steady_ms();
  if (now < settle_again_ms_) return;
  if (now >= next_position_flush_ms_) {
    next_position_flush_ms_ = now + kPositionFlushMs;
    for (const auto& [id, endpoint] : registry_.endpoints())
      if (endpoint->state.position_pending()) mark_dirty(endpoint, false);
  }
  std::erase_if(dirty_, [](const EndpointPtr& endpoint) { return endpoint->stopped; });
  if (dirty_.empty() || now < settle_by_ms_) return;
  std::vector<control::Settlement> settlements;
  for (const EndpointPtr& endpoint : dirty_) settlements.push_back(endpoint->state.settlement());
  const Status status = store_.settle(settlements);
  storage_ok_ = status.ok();
  if (!storage_ok_) {
    settle_again_ms_ = clock_.steady_ms() + kStorageRetryMs;
    if (storage_lines_.count())
      service::log_error("outcomes cannot be stored; nothing is sent until they are", status.error());
    return;
  }
  unstored_ = 0;
  for (const EndpointPtr& endpoint : std::exchange(dirty_, {})) stored(endpoint);
}

void Loop::stored(const EndpointPtr& endpoint) {
  endpoint->dirty = false;
  endpoint->state.settled();
  endpoint->resting = endpoint->resting || endpoint->state.disabled();
  if (endpoint->resting) {
    if (endpoint->busy()) return;
    registry_.stop(endpoint);
    reload_wanted_ = true;  // it may be wanted again already
    return;
  }
  if (!endpoint->state.needs_refill()) return;
  Result<std::vector<control::Retry>> rows =
      store_.retries(endpoint->id(), endpoint->state.refill_limit(), endpoint->state.ordered());
  if (rows.ok()) {
    endpoint->state.refill(std::move(*rows), now_ms());
    ready_.push(endpoint);
    return;
  }
  service::log_error("retries cannot be read", rows.error(), {{"webhook", endpoint->id()}});
  mark_dirty(endpoint, false);  // again with the next settlement
  settle_again_ms_ = clock_.steady_ms() + kStorageRetryMs;
}

}  // namespace choreo::dispatcher
