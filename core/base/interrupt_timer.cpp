#include "base/interrupt_timer.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace choreo {
namespace {

constexpr std::int64_t kAgainNs = 20'000'000;
constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kNsPerMs = 1'000'000;

extern "C" void do_nothing(int) {}

int interrupting_signal() {
  static const int kSignal = [] {
    struct sigaction action = {};
    action.sa_handler = do_nothing;
    action.sa_flags = 0;  // without SA_RESTART: the call is to end
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGRTMIN, &action, nullptr);
    return SIGRTMIN;
  }();
  return kSignal;
}

}  // namespace

InterruptTimer::InterruptTimer(std::int64_t after_ms) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, interrupting_signal());
  ::pthread_sigmask(SIG_UNBLOCK, &wanted, &before_);

  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = interrupting_signal();
  event._sigev_un._tid = ::gettid();  // glibc has no other name for it
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
    return;
  }
  after_ms = std::max<std::int64_t>(after_ms, 1);
  struct itimerspec times = {};
  times.it_value.tv_sec = after_ms / kMsPerSecond;
  times.it_value.tv_nsec = after_ms % kMsPerSecond * kNsPerMs;
  times.it_interval.tv_nsec = kAgainNs;
  ::timer_settime(timer_, 0, &times, nullptr);
  works_ = true;
}

InterruptTimer::~InterruptTimer() {
  if (!works_) return;
  ::timer_delete(timer_);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace choreo
