// Who may run a batch now: one for two cores, because whoever runs one needs a core, and so do the parts of the server
// that bring the next requests.
//
// Purpose: with many instances busy at once, requests gather while the batches of others are run, so that each takes
// more of them. A slow disk is no reason to wait for each other: there a batch gives its slot back before it syncs.
// Invariants: slots are given in the order they were asked for. Thread-safety: all functions may be called from any
// thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

#include "base/clock.h"
#include "base/semaphore.h"

namespace choreo::append {

class ApplySlots {
 public:
  // As many as fit the machine.
  ApplySlots();
  explicit ApplySlots(std::size_t slots) : free_(slots) {}

  // Waits for its turn.
  void acquire();
  void release();
  bool others_wait();

  // How long a commit waited for the disk.
  void note_sync(std::int64_t us);
  bool disk_is_slow() const { return sync_us_.load(std::memory_order_relaxed) > kShortSyncUs; }

 private:
  // What running a batch takes about; less is not worth waking another thread for.
  static constexpr std::int64_t kShortSyncUs = 300;
  static constexpr int kSyncs = 32;  // looked at together

  // The shortest of the last kSyncs: the others may have waited for a core as well.
  std::atomic<std::int64_t> sync_us_ = 0;
  std::mutex mutex_;
  std::size_t free_;                // guarded by mutex_, as all below
  std::deque<Semaphore*> waiting_;  // of the threads in acquire(), which own them
  int syncs_ = 0;                   // since sync_us_ was set
  std::int64_t shortest_us_ = 0;    // of these
};

// Gives its slot back when the scope ends, if it was not given back before.
class ApplySlot {
 public:
  explicit ApplySlot(ApplySlots& slots) : slots_(&slots) { slots.acquire(); }
  ApplySlot(const ApplySlot&) = delete;
  ApplySlot& operator=(const ApplySlot&) = delete;
  ~ApplySlot() { release(); }
  void release() {
    if (slots_) slots_->release();
    slots_ = nullptr;
  }

 private:
  ApplySlots* slots_;
};

// The right of one batch to run, in one of two lanes: short batches and long ones have slots of their own, so that no
// snapshot, scan or seed holds what a short batch waits for.
class Turn {
 public:
  // A short batch has its slot for no longer; then it goes on as a long one. This is the bound for a short batch that
  // waits for another.
  static constexpr std::int64_t kShortMs = 50;
  // A long batch lets another one have its slot after that time.
  static constexpr std::int64_t kSliceMs = 100;

  Turn(ApplySlots& first, ApplySlots& long_slots, Clock& clock) : slots_(&first), long_(long_slots), clock_(clock) {
    take(first);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { release(); }
  // To be called often while it runs; may wait.
  void look();
  void release() {
    if (slots_) slots_->release();
    slots_ = nullptr;
  }

 private:
  void take(ApplySlots& slots);

  ApplySlots* slots_;
  ApplySlots& long_;
  Clock& clock_;
  std::int64_t since_ms_ = 0;
};

}  // namespace choreo::append
