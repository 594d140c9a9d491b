// The clock seam: nothing outside this folder reads a clock or sleeps directly (a test greps for it).
// Thread-safety: implementations are safe from any thread.
#pragma once

#include <cstdint>
#include <memory>

namespace choreo {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01T00:00:00Z. May jump either way.
  virtual std::int64_t wall_ms() = 0;
  // Milliseconds since an arbitrary start. Never goes back; use it for timeouts and intervals.
  virtual std::int64_t steady_ms() = 0;
  // The same in microseconds, for what takes less than milliseconds.
  virtual std::int64_t steady_us() { return steady_ms() * 1000; }
};

// The machine's clock; never null, lives as long as the process.
Clock& system_clock();

// A clock that stands still until a test moves it.
class ManualClock : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms) : wall_ms_(wall_ms) {}
  std::int64_t wall_ms() override { return wall_ms_; }
  std::int64_t steady_ms() override { return steady_ms_; }
  void advance(std::int64_t ms) { wall_ms_ += ms, steady_ms_ += ms; }
  void set_wall(std::int64_t ms) { wall_ms_ = ms; }

 private:
  std::int64_t wall_ms_;
  std::int64_t steady_ms_ = 0;
};

}  // namespace choreo
