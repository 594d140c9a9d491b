// The half of the loop that decides what goes out next.
#include <algorithm>

#include "dispatcher/loop.h"
#include "dispatcher/loop_limits.h"
#include "service/logging.h"

namespace choreo::dispatcher {

// Round robin: each endpoint gives one delivery a turn of its own, so that none waits behind another's backlog.
void Loop::admit() {
  more_to_admit_ = false;
  std::size_t held = 0;  // in a row
  for (int step = 0; storage_ok_ && !transport_.full() && held < ready_.size(); ++step) {
    if (step == kStepsATurn) {
      more_to_admit_ = true;
      return;
    }
    const EndpointPtr endpoint = ready_.pop();
    if (!endpoint) return;
    switch (advance(endpoint)) {
      case Step::sent:
      case Step::scanned:
        held = 0;
        ready_.push(endpoint);
        break;
      case Step::held:
        ++held;
        ready_.push(endpoint);
        break;
      case Step::nothing:
        break;
    }
  }
}

Loop::Step Loop::advance(const EndpointPtr& endpoint) {
  if (endpoint->resting) return Step::nothing;
  const std::int64_t now = now_ms();
  if (now < endpoint->instance->blocked_until_ms) {
    ready_.set_timer(endpoint, endpoint->instance->blocked_until_ms);
    return Step::nothing;
  }
  if (take_replay(endpoint)) return Step::scanned;
  const Candidate candidate = endpoint->state.next(now, endpoint->instance->head);
  switch (candidate.kind) {
    case Candidate::Kind::from_log:
      return scan(endpoint, candidate);
    case Candidate::Kind::again:
      return send_again(endpoint, candidate);
    case Candidate::Kind::none:
      break;
  }
  return wait_for_time(endpoint);
}

Loop::Step Loop::wait_for_time(const EndpointPtr& endpoint) {
  const auto at = endpoint->state.wake_at(endpoint->instance->head);
  if (at) ready_.set_timer(endpoint, std::max(*at, now_ms() + kMinTimerMs));
  return Step::nothing;
}

Loop::Step Loop::scan(const EndpointPtr& endpoint, const Candidate& candidate) {
  Followed& instance = *endpoint->instance;
  for (int looked_at = 0; looked_at < kScanATurn; ++looked_at) {
    const std::int64_t op_id = endpoint->state.frontier() + 1;
    if (op_id > instance.head) return wait_for_time(endpoint);
    const Result<RecordPtr> record = source_.find(instance.slug, instance.epoch, op_id);
    if (!record.ok()) return block(endpoint, record.error());
    if (!*record) {  // the hint knew more than the log: the next hint brings it back here
      instance.head = endpoint->state.frontier();
      return Step::nothing;
    }
    if (endpoint->passes(**record)) return send(endpoint, candidate, *record);
    endpoint->state.skip_to(op_id);
  }
  return Step::scanned;
}

Loop::Step Loop::send_again(const EndpointPtr& endpoint, const Candidate& candidate) {
  const Followed& instance = *endpoint->instance;
  const Result<RecordPtr> record = source_.find_one(instance.slug, instance.epoch, candidate.op_id);
  if (!record.ok()) return block(endpoint, record.error());
  if (*record) return send(endpoint, candidate, *record);
  endpoint->state.start(candidate, candidate.op_id, now_ms());
  endpoint->state.abandon(candidate.op_id, "the operation is not in the log", now_ms());
  service::log_error("an operation to deliver is not in the log",
                     {{"webhook", endpoint->id()}, {"instance", instance.slug}, {"op_id", candidate.op_id}});
  mark_dirty(endpoint, false);
  return Step::scanned;
}

Loop::Step Loop::send(const EndpointPtr& endpoint, const Candidate& candidate, const RecordPtr& record) {
  const std::int64_t now = now_ms();
  const std::size_t bytes = endpoint->body(*record).size();
  // Its own share is used up: it goes on when one of its deliveries ends.
  if (endpoint->state.in_flight() > 0 && endpoint->bytes_in_flight + bytes > kWebhookBytes) return Step::nothing;
  if (over_all_limits(*endpoint, bytes)) return Step::held;
  const std::uint64_t token = next_token_++;
  Result<Request> request = endpoint->request(*record, clock_.wall_ms());
  if (!request.ok()) return block(endpoint, request.error());
  if (const Status started = transport_.start(token, std::move(*request)); !started.ok())
    return block(endpoint, started.error());
  const bool troubled = endpoint->state.troubled();
  endpoint->state.start(candidate, record->id(), now);
  endpoint->bytes_in_flight += bytes;
  bytes_in_flight_ += bytes;
  if (troubled) ++troubled_in_flight_;
  flights_.emplace(token, Flight{endpoint, std::nullopt, record->id(), bytes, troubled, record->trace_id()});
  return Step::sent;
}

bool Loop::over_all_limits(const Endpoint& endpoint, std::size_t bytes) const {
  if (transport_.in_flight() > 0 && bytes_in_flight_ + bytes > kAllBytes) return true;
  return endpoint.state.troubled() && troubled_in_flight_ >= std::max<std::size_t>(1, transport_.capacity() / 2);
}

// Its log cannot be read, or nothing can be sent at all: later.
Loop::Step Loop::block(const EndpointPtr& endpoint, const Error& error) {
  Followed& instance = *endpoint->instance;
  instance.blocked_until_ms = now_ms() + kBlockedMs;
  ready_.set_timer(endpoint, instance.blocked_until_ms);
  if (error.kind == ErrorKind::not_found || error.kind == ErrorKind::gone) {
    registry_.distrust(instance.slug);
    reload_wanted_ = true;
  } else if (storage_lines_.count()) {
    service::log_error("webhooks wait", error, {{"instance", instance.slug}});
  }
  return Step::nothing;
}

}  // namespace choreo::dispatcher
