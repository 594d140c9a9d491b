// The queue of one instance: who waits, who leads (as LevelDB's writer queue does).
//
// Invariants: entries leave in the order they came; exactly one thread, that of the entry at the front, runs a batch at
// a time; an entry is run exactly once; an exclusive entry is a batch of its own. Thread-safety: run() may be called
// from any thread. Ownership: entries live on their callers' stacks while they wait.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/semaphore.h"

namespace choreo::append {

class GroupCommit {
 public:
  struct Entry {
    bool exclusive = false;

   private:
    friend class GroupCommit;
    bool done = false;
    // Each sleeps on its own, and none holds a lock when it wakes: a condition variable's waiters would queue once
    // more for the mutex. Nothing touches an entry after its post().
    Semaphore wake;
  };

  // Queues the entry and returns when it has been run: by this thread with others behind it, or by another one.
  // run_batch gets entries that were queued together, at most max_batch of them; it must not throw.
  void run(Entry& entry, std::size_t max_batch, const std::function<void(std::span<Entry* const>)>& run_batch);

  bool idle();

 private:
  std::vector<Entry*> take_batch(std::size_t max_batch);

  std::mutex mutex_;
  std::deque<Entry*> queue_;  // guarded by mutex_
};

}  // namespace choreo::append
