#include "append/group_commit.h"

namespace choreo::append {
namespace {

struct ExclusiveEntry : GroupCommit::Entry {
  void finished() override {}
  Semaphore wake;
};

}  // namespace

bool GroupCommit::add(Entry& entry) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(&entry);
  if (running_) return false;
  running_ = true;
  return true;
}

std::vector<GroupCommit::Entry*> GroupCommit::take_batch() {
  const std::lock_guard lock(mutex_);
  std::vector<Entry*> batch;
  while (!queue_.empty() && !queue_.front()->turn && batch.size() < max_batch_) {
    batch.push_back(queue_.front());
    queue_.pop_front();
  }
  return batch;
}

bool GroupCommit::pass_on() {
  if (queue_.empty()) {
    running_ = false;
    return false;
  }
  if (!queue_.front()->turn) return true;
  queue_.front()->turn->post();
  return false;
}

bool GroupCommit::lead(const RunBatch& run_batch, const std::function<bool()>& may_go_on) {
  const TakeBatch take = [this] { return take_batch(); };
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (!pass_on()) return false;
    }
    const std::vector<Entry*> batch = run_batch(take);
    for (Entry* entry : batch) entry->finished();
    if (!may_go_on()) return true;
  }
}

bool GroupCommit::run_exclusive(const std::function<void()>& job) {
  ExclusiveEntry entry;
  entry.turn = &entry.wake;
  if (!add(entry)) entry.wake.wait();
  {
    const std::lock_guard lock(mutex_);
    queue_.pop_front();
  }
  job();
  const std::lock_guard lock(mutex_);
  return pass_on();
}

}  // namespace choreo::append
