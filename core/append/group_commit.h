// The queue of one instance: who waits, and what is committed together.
//
// Invariants: entries leave in the order they came; one batch or exclusive job runs at a time; an entry is run exactly
// once; what waits is bounded, for the instance and for all instances together (QueueRoom); an entry that is compound
// is a batch of its own.
// Thread-safety: all functions may be called from any thread.
// Ownership: an entry is its caller's, and the queue's to use from add() until finished().
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "append/queue_room.h"
#include "base/semaphore.h"

namespace choreo::append {

class GroupCommit {
 public:
  class Entry {
   public:
    virtual ~Entry() = default;
    // Its batch was run; the queue does not touch it any more. Called by the thread that ran the batch, which must not
    // be held up. Must not throw.
    virtual void finished() = 0;

    std::size_t bytes = 0;  // that it keeps in memory while it waits, about
    bool compound = false;  // it may take long

   private:
    friend class GroupCommit;
    Semaphore* turn = nullptr;  // of an exclusive job: its thread waits for this
  };

  // all: of all instances; outlives the queue.
  GroupCommit(std::size_t max_batch, std::size_t max_batch_bytes, std::size_t max_entries, std::size_t max_bytes,
              QueueRoom& all)
      : max_batch_(max_batch), max_batch_bytes_(max_batch_bytes), own_(max_entries, max_bytes), all_(all) {}

  // lead: nobody leads; the caller must arrange for a thread to do so. full: it was not taken.
  enum class Added { waits, lead, full };
  // Never waits.
  Added add(Entry& entry);

  // For the thread that leads. Whose turn it is; nobody: it leads no longer.
  enum class Next { nobody, batch, compound };
  Next next();
  // The entries that are run together, at least one. REQUIRES: next() said batch or compound.
  std::vector<Entry*> take();
  // They were run.
  void finish(const std::vector<Entry*>& batch);

  // Waits for its turn and runs job, while nothing else of the queue runs. True: the caller must arrange for a thread
  // to lead.
  bool run_exclusive(const std::function<void()>& job);

 private:
  bool push(Entry& entry);

  const std::size_t max_batch_;
  const std::size_t max_batch_bytes_;
  QueueRoom own_;
  QueueRoom& all_;
  std::mutex mutex_;
  std::deque<Entry*> queue_;  // guarded by mutex_
  bool running_ = false;      // guarded by mutex_; a batch or job runs, or a thread was told to lead
};

}  // namespace choreo::append
