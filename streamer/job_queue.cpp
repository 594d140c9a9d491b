#include "streamer/job_queue.h"

#include <chrono>
#include <utility>

namespace choreo::streamer {

void JobQueue::push(Job job, bool urgent) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    (urgent ? urgent_ : ordinary_).push_back(std::move(job));
  }
  changed_.notify_one();
}

std::optional<JobQueue::Job> JobQueue::take(std::int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                    [&] { return stopped_ || !urgent_.empty() || !ordinary_.empty(); });
  auto& jobs = urgent_.empty() ? ordinary_ : urgent_;
  if (stopped_ || jobs.empty()) return std::nullopt;
  Job job = std::move(jobs.front());
  jobs.pop_front();
  return job;
}

void JobQueue::stop() {
  std::deque<Job> dropped_urgent;
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped_urgent.swap(urgent_);
    dropped.swap(ordinary_);
  }
  changed_.notify_all();
}

bool JobQueue::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

}  // namespace choreo::streamer
