#include "base/thread_pool.h"

#include <system_error>
#include <utility>

namespace choreo {

ThreadPool::ThreadPool(std::size_t max_threads) : max_threads_(max_threads) {
  threads_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (Semaphore* thread : idle_) thread->post();
    idle_.clear();
  }
  for (std::thread& thread : threads_) thread.join();
}

// REQUIRES: mutex_ is held.
void ThreadPool::add_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // The limit of threads is reached: the job waits for one of those there are.
  }
}

// REQUIRES: mutex_ is held. A pool that ends gets no further thread, which nobody would join: the thread whose job
// calls this takes the new one as well.
void ThreadPool::add(std::function<void()> job) {
  jobs_.push_back(std::move(job));
  if (!idle_.empty()) {
    idle_.back()->post();
    idle_.pop_back();
  } else if (!ending_ && threads_.size() < max_threads_) {
    add_thread();
  }
}

void ThreadPool::run(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  add(std::move(job));
}

bool ThreadPool::try_run(std::function<void()> job, std::size_t max_waiting) {
  const std::lock_guard lock(mutex_);
  if (jobs_.size() >= max_waiting) return false;
  add(std::move(job));
  return true;
}

std::size_t ThreadPool::waiting() {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void ThreadPool::work() {
  Semaphore wake;
  std::unique_lock lock(mutex_);
  while (true) {
    if (!jobs_.empty()) {
      std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;  // what it holds goes before the lock is taken
      lock.lock();
      continue;
    }
    if (ending_) return;
    idle_.push_back(&wake);
    lock.unlock();
    wake.wait();
    lock.lock();
  }
}

}  // namespace choreo
