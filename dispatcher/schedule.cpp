#include "dispatcher/schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace choreo::dispatcher {
namespace {

constexpr std::size_t kMaxDelays = 64;
constexpr double kMinSeconds = 0.01;
constexpr double kMaxSeconds = 604800;
constexpr std::int64_t kJitterPercent = 20;

Error bad(std::string_view text) {
  return invalid("bad_option", "CHOREO_WEBHOOK_RETRY_SECS is '" + std::string(text) +
                                   "'; allowed: " + std::string(Schedule::kAllowed));
}

}  // namespace

Result<Schedule> Schedule::parse(std::string_view text) {
  Schedule schedule;
  std::string_view rest = text;
  for (;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    double seconds = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + comma, seconds, std::chars_format::fixed);
    const bool number = error == std::errc() && end == rest.data() + comma && std::isfinite(seconds);
    if (!number || seconds < kMinSeconds || seconds > kMaxSeconds) return bad(text);
    schedule.delays_ms_.push_back(std::llround(seconds * 1000));
    if (schedule.delays_ms_.size() > kMaxDelays) return bad(text);
    if (comma == rest.size()) return schedule;
    rest.remove_prefix(comma + 1);
  }
}

std::int64_t Schedule::listed_ms(int failures) const {
  return delays_ms_[static_cast<std::size_t>(std::clamp(failures, 1, retries()) - 1)];
}

std::int64_t Schedule::longest_ms(int failures) const {
  const std::int64_t delay = listed_ms(failures);
  return delay + delay * kJitterPercent / 100;
}

std::int64_t Schedule::delay_ms(int failures, Random& random) const {
  const std::int64_t delay = listed_ms(failures);
  const std::int64_t spread = delay * kJitterPercent / 100;
  return delay - spread + static_cast<std::int64_t>(random.next_u64() % static_cast<std::uint64_t>(2 * spread + 1));
}

}  // namespace choreo::dispatcher
