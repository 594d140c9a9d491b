// What an attempt came to, and what that means for the delivery.
#pragma once

#include <cstdint>
#include <string>

namespace choreo::dispatcher {

// What was seen on the wire.
struct Answer {
  int status = 0;                   // HTTP status, 0 where there was no complete answer
  std::string error;                // why there was none
  std::int64_t retry_after_ms = 0;  // asked for by the endpoint, 0: nothing
  std::int64_t duration_ms = 0;
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
};

Outcome outcome_of(const Answer& answer);

}  // namespace choreo::dispatcher
