// The retries of one webhook that are due first; the rest stays in control.db.
//
// Purpose: memory that does not grow with the number of failed deliveries. A window holds the earliest kWindow of
// them; what lies beyond is counted only, and read again (needs_refill) when the window has run empty.
// Invariants: nothing outside the window comes before anything in it. A retry that is being sent (taken) is in
// neither.
// Thread-safety: none; part of the loop's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "control/webhooks.h"

namespace choreo::dispatcher {

class RetryQueue {
 public:
  static constexpr std::size_t kWindow = 128;

  // What comes first: what is due first, or the lowest operation.
  enum class Order { by_time, by_operation };

  // stored: how many there are in control.db.
  explicit RetryQueue(std::size_t stored) : outside_(stored) {}

  // All of them are outside the window after a change. REQUIRES as refill().
  void set_order(Order order);
  // They were changed in control.db. REQUIRES as refill().
  void read_again();

  // All that wait, inside and outside the window.
  std::size_t size() const { return window_.size() + outside_; }
  // The one due first; null if there is none or the window needs a refill.
  const control::Retry* first() const { return window_.empty() ? nullptr : &window_.begin()->second; }
  std::vector<std::int64_t> window_ids() const;

  void put(control::Retry retry);
  // Removes it from the window; nothing if it is not there.
  std::optional<control::Retry> take(std::int64_t op_id);

  bool needs_refill() const { return window_.empty() && outside_ > 0; }
  // rows: the earliest of control.db without those taken; complete: there are no others.
  // REQUIRES: needs_refill(); everything put() was stored before.
  void refill(std::vector<control::Retry> rows, bool complete);

 private:
  using Key = std::pair<std::int64_t, std::int64_t>;  // next_ms or 0, op_id
  Key key_of(const control::Retry& retry) const { return {order_ == Order::by_time ? retry.next_ms : 0, retry.op_id}; }
  void trim();

  Order order_ = Order::by_time;
  std::map<Key, control::Retry> window_;
  std::size_t outside_;
};

}  // namespace choreo::dispatcher
