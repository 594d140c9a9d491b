// What an attempt came to, and what that means for the delivery.
#pragma once

#include <cstdint>
#include <string>

#include "control/delivery_state.h"

namespace choreo::dispatcher {

// What was seen on the wire.
struct Answer {
  int status = 0;                   // HTTP status, 0 where there was no complete answer
  std::string error;                // why there was none
  std::int64_t retry_after_ms = 0;  // asked for by the endpoint, 0: nothing
  std::int64_t duration_ms = 0;
  std::string body;  // its first control::kKeptAnswerBytes, as they came
};

// What follows from it.
struct Outcome {
  enum class Kind {
    delivered,
    failed,  // try again later
    gone,    // the endpoint wants nothing more: switch the webhook off
  };
  Kind kind = Kind::failed;
  bool refused = false;             // the endpoint is up and says no: maybe to this operation only
  bool slow_down = false;           // it is overloaded
  std::int64_t retry_after_ms = 0;  // at most kMaxRetryAfterMs
  std::string error;                // one line, "" where delivered
  int status = 0;                   // for the record, as these
  std::int64_t latency_ms = 0;
  std::string answer;  // UTF-8
};

Outcome outcome_of(const Answer& answer);
// The record of the attempt that ended at now_ms; what follows from it is left open.
control::Attempt attempt_of(const Outcome& outcome, std::int64_t op_id, int number, std::int64_t now_ms);

}  // namespace choreo::dispatcher
