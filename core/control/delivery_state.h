// What the dispatcher records of deliveries, and what it is asked to do about them.
// Values; no shared state. Times are the wall clock's milliseconds; 0: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace choreo::control {

// A delivery that failed and will be tried again, or was given up; or one that a replay asks for and is yet to be made.
struct Retry {
  std::int64_t op_id = 0;
  int attempts = 0;          // how far it is in the schedule
  std::int64_t next_ms = 0;  // when it is due; of one given up: when that was
  std::string error;         // of the last attempt
  int tries = 0;             // attempts made, also those that do not count in the schedule
};

inline constexpr std::size_t kKeptAnswerBytes = 4096;  // what is kept of an answer's body

// One attempt that ended.
struct Attempt {
  enum class Result { delivered, failed, given_up };
  std::int64_t id = 0;     // counts up, per webhook; given by the store
  std::int64_t op_id = 0;  // 0: a test
  int number = 1;          // of this operation's attempts, from 1
  std::int64_t at_ms = 0;  // when it began
  std::int64_t latency_ms = 0;
  Result result = Result::failed;
  int status = 0;            // HTTP status; 0: there was no complete answer
  std::string error;         // "" where delivered
  std::string answer;        // the first kKeptAnswerBytes of the body, as UTF-8
  std::int64_t next_ms = 0;  // when it is tried again
};

// Operations to send again, taken bit by bit. next_id: where it goes on.
struct Replay {
  enum class Kind {
    range,       // those from next_id to last_id that pass the filter
    operations,  // `ids`, whatever the filter says
    dead,        // those given up
  };
  std::int64_t id = 0;
  Kind kind = Kind::range;
  std::int64_t next_id = 1;
  std::int64_t last_id = 0;
  std::vector<std::int64_t> ids;  // ascending
};

// A signed test that somebody waits for.
struct Ping {
  std::int64_t id = 0;
  std::string webhook_id;
  std::int64_t asked_ms = 0;
};

// What one turn of the dispatcher changed for one webhook; applied with others in one transaction. Values are absolute,
// since the dispatcher is the only writer of delivery state; counts are what is added.
struct Settlement {
  std::string webhook_id;
  std::int64_t frontier = 0;
  std::vector<std::int64_t> open;       // at most one an allowed delivery in flight
  std::vector<Retry> retries;           // added or moved
  std::vector<std::int64_t> delivered;  // retries that are done
  std::vector<Retry> dead;              // given up: kept, never tried again by themselves
  std::vector<Attempt> attempts;        // that ended now, in their order
  bool attempted = false;               // an attempt ended now
  bool succeeded = false;               // one of them well
  std::int64_t consecutive_failures = 0;
  std::int64_t failing_since_ms = 0;  // the first failure since the last success
  std::int64_t disable_at_ms = 0;     // when nothing but failures will have switched it off
  std::string warning;                // "" unless that is near
  bool warned = false;                // the warning is new
  int in_flight = 0;
  std::int64_t next_attempt_ms = 0;
  std::int64_t paused_until_ms = 0;  // the endpoint's Retry-After: nothing before then
  std::string last_error;            // "" once an attempt succeeded
  std::string disabled_reason;       // non-empty: the webhook is switched off
  std::optional<Replay> replay;      // how far it has come
  bool replay_done = false;          // and it has come to its end
};

}  // namespace choreo::control
