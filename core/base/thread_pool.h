// Threads for work that may block; they are made when there is work and none is idle, and stay.
//
// Invariants: never more than max_threads; jobs start in the order they came; a destroyed pool has run every job, also
// those that its last jobs added. The thread that was busy last is woken first: its stack and caches are warm, and as
// few threads as possible are used.
// Thread-safety: run(), try_run() and waiting() may be called from any thread; once the destructor runs, only from a
// job. Jobs must not throw.
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
  // The same, unless as many jobs wait for a thread already. False: it was not taken.
  [[nodiscard]] bool try_run(std::function<void()> job, std::size_t max_waiting);
  // Jobs that wait for a thread.
  std::size_t waiting();

 private:
  void work();
  void add(std::function<void()> job);
  void add_thread();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_, as all below
  std::vector<std::thread> threads_;
  std::vector<Semaphore*> idle_;  // of the threads that sleep, the last busy one at the end
  bool ending_ = false;           // threads_ does not change any more
};

}  // namespace choreo
