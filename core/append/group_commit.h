// The queue of one instance: who waits, and what is committed together.
//
// Invariants: entries leave in the order they came; one batch or exclusive job runs at a time; an entry is run exactly
// once. Thread-safety: all functions may be called from any thread. Ownership: an entry is its caller's, and the
// queue's to use from add() until finished().
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/semaphore.h"

namespace choreo::append {

class GroupCommit {
 public:
  class Entry {
   public:
    virtual ~Entry() = default;
    // Its batch was run; the queue does not touch it any more. Called by the thread that ran the batch, which must not
    // be held up.
    virtual void finished() = 0;

   private:
    friend class GroupCommit;
    Semaphore* turn = nullptr;  // of an exclusive job: its thread waits for this
  };

  // Takes the entries that are run together; not empty, and called once in each RunBatch.
  using TakeBatch = std::function<std::vector<Entry*>()>;
  // Runs a batch, which it takes as late as it can: it may have to wait before, and others join meanwhile. Returns the
  // entries it took; must not throw.
  using RunBatch = std::function<std::vector<Entry*>(const TakeBatch&)>;

  explicit GroupCommit(std::size_t max_batch) : max_batch_(max_batch) {}

  // Never waits. Where it returns true, the caller has to see to it that some thread calls lead().
  bool add(Entry& entry);
  // Runs batches until nobody is left who does not wait in run_exclusive(). may_go_on: asked after each batch; where it
  // says no, lead() returns true, and the caller sees to it that another thread goes on leading.
  bool lead(const RunBatch& run_batch, const std::function<bool()>& may_go_on);

  // Waits for its turn and runs job, while nothing else of the queue runs. Where it returns true, the caller has to see
  // to it that some thread calls lead().
  bool run_exclusive(const std::function<void()>& job);

 private:
  // Whose turn it is: true where the front is a batch's. REQUIRES: mutex_ is held.
  bool pass_on();
  std::vector<Entry*> take_batch();

  const std::size_t max_batch_;
  std::mutex mutex_;
  std::deque<Entry*> queue_;  // guarded by mutex_
  bool running_ = false;      // guarded by mutex_; a batch or job runs, or somebody was told to see to it
};

}  // namespace choreo::append
