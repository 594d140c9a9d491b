#include "dispatcher/retry_after.h"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "dispatcher/schedule.h"

namespace choreo::dispatcher {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec != std::errc()) return std::nullopt;
  return seconds;
}

std::optional<std::int64_t> parse_date(std::string_view value) {
  const std::string text(value);
  // IMF-fixdate, the form of RFC 850, that of asctime().
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    tm parts{};
    const char* end = strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    return static_cast<std::int64_t>(timegm(&parts)) * kMsPerSecond;
  }
  return std::nullopt;
}

}  // namespace

std::int64_t retry_after_ms(std::string_view value, std::int64_t now_ms) {
  if (is_digits(value)) {
    const std::optional<std::int64_t> seconds = parse_seconds(value);  // beyond 64 bits is no time that anybody means
    return seconds ? std::min(*seconds, kMaxRetryAfterMs / kMsPerSecond) * kMsPerSecond : 0;
  }
  const std::optional<std::int64_t> date_ms = parse_date(value);
  return date_ms ? std::clamp<std::int64_t>(*date_ms - now_ms, 0, kMaxRetryAfterMs) : 0;
}

}  // namespace choreo::dispatcher
