// Ends a system call that blocks, when its time is over: the call returns EINTR.
//
// Purpose: for calls without a timeout of their own, such as flock. The signal comes again and again, because one that
// arrives just before the call would be lost. The caller compares the clock with its deadline after each EINTR.
// Invariants: only the thread that made the timer is interrupted, and not after the timer is gone. The signal is the
// first real-time one; nothing else in the process may use it. Its handler does nothing, and the signal is unblocked
// for the thread while the timer lives.
// Thread-safety: made, used and destroyed by one thread; different threads may have timers at the same time.
#pragma once

#include <signal.h>
#include <time.h>

#include <cstdint>

namespace choreo {

class InterruptTimer {
 public:
  explicit InterruptTimer(std::int64_t after_ms);
  ~InterruptTimer();
  InterruptTimer(const InterruptTimer&) = delete;
  InterruptTimer& operator=(const InterruptTimer&) = delete;

  // If false, errno says why there is no timer, and nothing will be interrupted.
  bool works() const { return works_; }

 private:
  timer_t timer_{};
  sigset_t before_{};  // the thread's signal mask
  bool works_ = false;
};

}  // namespace choreo
