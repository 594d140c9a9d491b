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

void ApplySlots::note_sync(std::int64_t us) {
  const std::lock_guard lock(mutex_);
  shortest_us_ = syncs_ == 0 ? us : std::min(shortest_us_, us);
  if (++syncs_ < kSyncs) return;
  syncs_ = 0;
  sync_us_.store(shortest_us_, std::memory_order_relaxed);
}

}  // namespace choreo::append
