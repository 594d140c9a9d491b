#include "append/group_commit.h"

namespace choreo::append {

std::vector<GroupCommit::Entry*> GroupCommit::take_batch(std::size_t max_batch) {
  std::vector<Entry*> batch;
  for (Entry* entry : queue_) {
    if (batch.size() == max_batch || (entry->exclusive && !batch.empty())) break;
    batch.push_back(entry);
    if (entry->exclusive) break;
  }
  return batch;
}

void GroupCommit::run(Entry& entry, std::size_t max_batch,
                      const std::function<void(std::span<Entry* const>)>& run_batch) {
  std::unique_lock lock(mutex_);
  queue_.push_back(&entry);
  entry.wake.wait(lock, [&] { return entry.done || queue_.front() == &entry; });
  if (entry.done) return;

  // At the front: lead. The batch stays queued while it runs, so that nobody else leads meanwhile.
  const std::vector<Entry*> batch = take_batch(max_batch);
  lock.unlock();
  run_batch(batch);
  lock.lock();
  for (Entry* finished : batch) {
    queue_.pop_front();
    finished->done = true;
    if (finished != &entry) finished->wake.notify_one();
  }
  if (!queue_.empty()) queue_.front()->wake.notify_one();
}

bool GroupCommit::idle() {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

}  // namespace choreo::append
