#include "dispatcher/ready_queue.h"

#include <utility>

namespace choreo::dispatcher {

void ReadyQueue::push(const EndpointPtr& endpoint) {
  if (endpoint->stopped || std::exchange(endpoint->ready, true)) return;
  ready_.push_back(endpoint);
}

EndpointPtr ReadyQueue::pop() {
  while (!ready_.empty()) {
    EndpointPtr endpoint = std::move(ready_.front());
    ready_.pop_front();
    endpoint->ready = false;
    if (!endpoint->stopped) return endpoint;
  }
  return nullptr;
}

void ReadyQueue::set_timer(const EndpointPtr& endpoint, std::int64_t at_ms) {
  if (endpoint->timer_ms == at_ms) return;
  if (endpoint->timer_ms) {
    auto [at, end] = timers_.equal_range(*endpoint->timer_ms);
    while (at != end && at->second != endpoint) ++at;
    if (at != end) timers_.erase(at);
  }
  endpoint->timer_ms = at_ms;
  timers_.emplace(at_ms, endpoint);
}

void ReadyQueue::fire(std::int64_t now_ms) {
  while (!timers_.empty() && timers_.begin()->first <= now_ms) {
    const EndpointPtr endpoint = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    endpoint->timer_ms.reset();
    push(endpoint);
  }
}

std::optional<std::int64_t> ReadyQueue::next_timer_ms() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

}  // namespace choreo::dispatcher
