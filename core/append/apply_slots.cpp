#include "append/apply_slots.h"

#include <algorithm>
#include <thread>

namespace choreo::append {

ApplySlots::ApplySlots() : free_(std::max(1u, std::thread::hardware_concurrency() / 2)) {}

void ApplySlots::acquire() {
  Semaphore turn;
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      return;
    }
    waiting_.push_back(&turn);
  }
  turn.wait();
}

void ApplySlots::release() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  waiting_.front()->post();  // the slot goes on to it
  waiting_.pop_front();
}

bool ApplySlots::others_wait() {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void Turn::take(ApplySlots& slots) {
  slots.acquire();
  slots_ = &slots;
  since_ms_ = clock_.steady_ms();
}

void Turn::look() {
  if (!slots_) return;
  const bool is_long = slots_ == &long_;
  const std::int64_t held_ms = clock_.steady_ms() - since_ms_;
  if (held_ms < (is_long ? kSliceMs : kShortMs)) return;
  if (is_long && !long_.others_wait()) return;
  release();
  take(long_);
}

void ApplySlots::note_sync(std::int64_t us) {
  const std::lock_guard lock(mutex_);
  shortest_us_ = syncs_ == 0 ? us : std::min(shortest_us_, us);
  if (++syncs_ < kSyncs) return;
  syncs_ = 0;
  sync_us_.store(shortest_us_, std::memory_order_relaxed);
}

}  // namespace choreo::append
