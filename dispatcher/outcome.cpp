#include "dispatcher/outcome.h"

#include <algorithm>

#include "dispatcher/schedule.h"

namespace choreo::dispatcher {
namespace {

constexpr int kGone = 410;
constexpr int kTooManyRequests = 429;
constexpr int kBadGateway = 502;
constexpr int kUnavailable = 503;
constexpr int kGatewayTimeout = 504;

bool asks_to_slow_down(int status) {
  return status == kTooManyRequests || status == kBadGateway || status == kUnavailable || status == kGatewayTimeout;
}

std::string sentence(int status) {
  std::string text = "HTTP " + std::to_string(status);
  if (status >= 300 && status < 400) return text + ": redirects are not followed";
  if (status == kGone) return text + ": the endpoint is gone";
  return text;
}

}  // namespace

Outcome outcome_of(const Answer& answer) {
  Outcome outcome;
  if (answer.status == 0) {
    outcome.error = answer.error;
    return outcome;
  }
  if (answer.status >= 200 && answer.status < 300) {
    outcome.kind = Outcome::Kind::delivered;
    return outcome;
  }
  outcome.error = sentence(answer.status);
  if (answer.status == kGone) outcome.kind = Outcome::Kind::gone;
  outcome.slow_down = asks_to_slow_down(answer.status);
  outcome.refused = answer.status >= 400 && answer.status < 500 && !outcome.slow_down;
  outcome.retry_after_ms = std::clamp<std::int64_t>(answer.retry_after_ms, 0, kMaxRetryAfterMs);
  return outcome;
}

}  // namespace choreo::dispatcher
