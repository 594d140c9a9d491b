// Work for the threads that read logs.
//
// Invariants: urgent jobs (one small read for a new stream) go before the others, each kind in order. Length: a stream
// has at most one job here, so CHOREO_STREAM_MAX bounds it. Thread-safety: every function may be called from any
// thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

namespace choreo::streamer {

class OpenLogs;

class JobQueue {
 public:
  using Job = std::function<void(OpenLogs&)>;

  // Dropped once stopped.
  void push(Job job, bool urgent);
  // Waits for a job; nothing after timeout_ms without one, or once stopped.
  std::optional<Job> take(std::int64_t timeout_ms);
  // Drops what is queued.
  void stop();
  bool stopped() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Job> urgent_;
  std::deque<Job> ordinary_;
  bool stopped_ = false;
};

}  // namespace choreo::streamer
