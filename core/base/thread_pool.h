// Threads for work that may block; they are made when there is work and none is idle, and stay.
//
// Invariants: never more than max_threads; jobs start in the order they came; a destroyed pool has run every job. The
// thread that was busy last is woken first: its stack and caches are warm, and as few threads as possible are used.
// Thread-safety: run() and waiting() may be called from any thread, also from a job. Jobs must not throw.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/semaphore.h"

namespace choreo {

class ThreadPool {
 public:
  // REQUIRES: max_threads > 0. Makes the first thread, so that a machine without one for us is known at the start
  // (std::system_error).
  explicit ThreadPool(std::size_t max_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void run(std::function<void()> job);
  // Jobs that wait for a thread.
  std::size_t waiting();

 private:
  void work();
  void add_thread();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_, as all below
  std::vector<std::thread> threads_;
  std::vector<Semaphore*> idle_;  // of the threads that sleep, the last busy one at the end
  bool ending_ = false;
};

}  // namespace choreo
