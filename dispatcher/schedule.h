// When a failed delivery is tried again: a list of delays, one after each failed attempt, with jitter so that
// deliveries which failed together do not come back together.
// Thread-safety: immutable after construction.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace choreo::dispatcher {

inline constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
inline constexpr std::int64_t kMaxRetryAfterMs = kDayMs;  // of an endpoint's Retry-After

class Schedule {
 public:
  // About three days: Standard Webhooks' with 1 s and 30 s more, so that an endpoint which was down for a moment is
  // back at once.
  static constexpr std::string_view kDefault = "1,5,30,300,1800,7200,18000,36000,50400,72000,86400";
  static constexpr std::string_view kAllowed = "1 to 64 delays in seconds, 0.01 to 604800 each, separated by commas";

  // CHOREO_WEBHOOK_RETRY_SECS. Error invalid/bad_option.
  static Result<Schedule> parse(std::string_view text);

  // How often a delivery is tried again before it is given up.
  int retries() const { return static_cast<int>(delays_ms_.size()); }
  // The delay after the nth failed attempt in a row (from 1; beyond the list: the last one), within ±20 %.
  std::int64_t delay_ms(int failures, Random& random) const;
  // What delay_ms never exceeds.
  std::int64_t longest_ms(int failures) const;

 private:
  std::int64_t listed_ms(int failures) const;

  std::vector<std::int64_t> delays_ms_;
};

}  // namespace choreo::dispatcher
