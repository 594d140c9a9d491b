// Whether the server's loop may read from a database by itself, instead of waking a thread for it.
//
// A look into an index costs less than waking a thread, as long as its pages are in memory. One that takes long has met
// the disk; the loop has better things to do than to wait for more of those, and threads wait side by side.
// Thread-safety: belongs to the server's loop.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace choreo::fcgi {

class QuickReads {
 public:
  explicit QuickReads(Clock& clock) : clock_(clock) {}

  bool allowed() const { return clock_.steady_ms() >= again_ms_; }
  // Calls read() and remembers if it was slow.
  template <class Read>
  auto timed(Read read) -> decltype(read()) {
    const std::int64_t begin = clock_.steady_ms();
    auto result = read();
    const std::int64_t end = clock_.steady_ms();
    if (end - begin > kQuickMs) again_ms_ = end + kPauseMs;
    return result;
  }

  static constexpr std::int64_t kQuickMs = 2;
  static constexpr std::int64_t kPauseMs = 100;  // in which threads read

 private:
  Clock& clock_;
  std::int64_t again_ms_ = 0;
};

}  // namespace choreo::fcgi
