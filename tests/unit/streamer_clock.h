// A clock for tests of the streamer's loop.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace choreo::test {

// Stands still until a test moves it; safe from any thread.
class SteppedClock : public Clock {
 public:
  std::int64_t wall_ms() override { return steady_ms(); }
  std::int64_t steady_ms() override { return now_ms_.load(); }
  void advance(std::int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<std::int64_t> now_ms_{1};
};

}  // namespace choreo::test
