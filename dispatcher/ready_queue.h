// Whose turn it is: endpoints that may have something to send, in turn, and those that will at a known time.
//
// Invariants: an endpoint is in the queue at most once, and has at most one timer; a stopped one is passed over.
// Thread-safety: none; part of the loop's state.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "dispatcher/endpoint.h"

namespace choreo::dispatcher {

class ReadyQueue {
 public:
  void push(const EndpointPtr& endpoint);
  // The next in turn; null if there is none.
  EndpointPtr pop();
  std::size_t size() const { return ready_.size(); }

  // Pushes it at that time (the loop's), instead of any time set before.
  void set_timer(const EndpointPtr& endpoint, std::int64_t at_ms);
  void fire(std::int64_t now_ms);
  std::optional<std::int64_t> next_timer_ms() const;

 private:
  std::deque<EndpointPtr> ready_;
  std::multimap<std::int64_t, EndpointPtr> timers_;
};

}  // namespace choreo::dispatcher
