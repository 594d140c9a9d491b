// At most one log line an interval about something that may happen thousands of times a second.
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace choreo::service {

class Throttle {
 public:
  explicit Throttle(Clock& clock, std::int64_t interval_ms = 1000) : clock_(clock), interval_ms_(interval_ms) {}

  // How often it happened since the last line, this time included, where a line is due; else nothing.
  std::optional<std::int64_t> count() {
    ++count_;
    const std::int64_t now = clock_.steady_ms();
    if (last_ms_.has_value() && now - *last_ms_ < interval_ms_) return std::nullopt;
    last_ms_ = now;
    const std::int64_t times = count_;
    count_ = 0;
    return times;
  }

 private:
  Clock& clock_;
  const std::int64_t interval_ms_;
  std::optional<std::int64_t> last_ms_;
  std::int64_t count_ = 0;
};

}  // namespace choreo::service
