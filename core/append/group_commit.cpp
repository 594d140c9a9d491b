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
  if (queue_.front() != &entry) {
    lock.unlock();
    entry.wake.wait();
    if (entry.done) return;
    lock.lock();
  }

  // At the front: lead. The batch stays queued while it runs, so that nobody else leads meanwhile.
  const std::vector<Entry*> batch = take_batch(max_batch);
  lock.unlock();
  run_batch(batch);
  lock.lock();
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  Entry* const next = queue_.empty() ? nullptr : queue_.front();
  lock.unlock();
  // The next leader first: it commits while the others answer.
  if (next) next->wake.post();
  for (Entry* finished : batch) {
    if (finished == &entry) continue;
    finished->done = true;
    finished->wake.post();
  }
}

bool GroupCommit::idle() {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

}  // namespace choreo::append
