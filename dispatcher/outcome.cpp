#include "dispatcher/outcome.h"

#include <algorithm>

#include "base/text.h"
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

control::Attempt attempt_of(const Outcome& outcome, std::int64_t op_id, int number, std::int64_t now_ms) {
  control::Attempt attempt;
  attempt.op_id = op_id;
  attempt.number = number;
  attempt.at_ms = now_ms - outcome.latency_ms;
  attempt.latency_ms = outcome.latency_ms;
  if (outcome.kind == Outcome::Kind::delivered) attempt.result = control::Attempt::Result::delivered;
  attempt.status = outcome.status;
  attempt.error = outcome.error;
  attempt.answer = outcome.answer;
  return attempt;
}

Outcome outcome_of(const Answer& answer) {
  Outcome outcome;
  outcome.status = answer.status;
  outcome.latency_ms = answer.duration_ms;
  outcome.answer = shortened(answer.body, answer.body.size());  // it may end in the middle of a character
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
