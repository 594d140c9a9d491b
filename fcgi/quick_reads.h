// Whether the server's loop may read from a database by itself, instead of waking a thread for it.
//
// A look into an index costs less than waking a thread, as long as its pages are in memory. One that takes long because
// it slept has met the disk; the loop has better things to do than to wait for more of those, and threads wait side by
// side. One that takes long because others had the processor is no reason to stop.
// Thread-safety: belongs to the server's loop.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "base/clock.h"

namespace choreo::fcgi {

class QuickReads {
 public:
  // sleeps: how often the calling thread has waited for something so far.
  explicit QuickReads(Clock& clock, std::function<long()> sleeps = sleeps_of_this_thread)
      : clock_(clock), sleeps_(std::move(sleeps)) {}

  bool allowed() const { return clock_.steady_ms() >= again_ms_; }
  // Calls read() and remembers if it was slow.
  template <class Read>
  auto timed(Read read) -> decltype(read()) {
    const std::int64_t begin = clock_.steady_ms();
    const long slept = sleeps_();
    auto result = read();
    const std::int64_t end = clock_.steady_ms();
    if (end - begin > kQuickMs && sleeps_() != slept) again_ms_ = end + kPauseMs;
    return result;
  }

  static constexpr std::int64_t kQuickMs = 2;
  static constexpr std::int64_t kPauseMs = 100;  // in which threads read

 private:
  static long sleeps_of_this_thread() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
  }

  Clock& clock_;
  const std::function<long()> sleeps_;
  std::int64_t again_ms_ = 0;
};

}  // namespace choreo::fcgi
