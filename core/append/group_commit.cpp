#include "append/group_commit.h"

namespace choreo::append {
namespace {

struct ExclusiveEntry : GroupCommit::Entry {
  void finished() override {}
  Semaphore wake;
};

}  // namespace

// True: nobody was leading.
bool GroupCommit::push(Entry& entry) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(&entry);
  if (running_) return false;
  running_ = true;
  return true;
}

GroupCommit::Added GroupCommit::add(Entry& entry) {
  if (!own_.take(entry.bytes)) return Added::full;
  if (!all_.take(entry.bytes)) {
    own_.give_back(entry.bytes);
    return Added::full;
  }
  return push(entry) ? Added::lead : Added::waits;
}

GroupCommit::Next GroupCommit::next() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    running_ = false;
    return Next::nobody;
  }
  Entry& front = *queue_.front();
  if (!front.turn) return front.compound ? Next::compound : Next::batch;
  front.turn->post();
  return Next::nobody;
}

std::vector<GroupCommit::Entry*> GroupCommit::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry*> batch;
  std::size_t bytes = 0;
  while (!queue_.empty() && !queue_.front()->turn && batch.size() < max_batch_) {
    Entry& entry = *queue_.front();
    if (!batch.empty() && (entry.compound || batch.front()->compound || bytes + entry.bytes > max_batch_bytes_)) break;
    bytes += entry.bytes;
    batch.push_back(&entry);
    queue_.pop_front();
  }
  return batch;
}

void GroupCommit::finish(const std::vector<Entry*>& batch) {
  for (Entry* entry : batch) {
    own_.give_back(entry->bytes);
    all_.give_back(entry->bytes);
    entry->finished();
  }
}

bool GroupCommit::run_exclusive(const std::function<void()>& job) {
  ExclusiveEntry entry;
  entry.turn = &entry.wake;
  if (!push(entry)) entry.wake.wait();
  {
    const std::lock_guard lock(mutex_);
    queue_.pop_front();
  }
  job();
  return next() != Next::nobody;
}

}  // namespace choreo::append
