// A webhook's state as tests drive it, without a network or a database.
#pragma once

#include <catch2/catch.hpp>

#include "control/webhooks.h"
#include "dispatcher/webhook_state.h"

namespace choreo::test {

using control::Webhook;
using dispatcher::Candidate;
using dispatcher::DeliveryPolicy;
using dispatcher::Outcome;
using dispatcher::Schedule;
using dispatcher::WebhookState;

inline DeliveryPolicy policy_of(const char* schedule, int max_in_flight = 4) {
  DeliveryPolicy policy{*Schedule::parse(schedule)};
  policy.max_in_flight = max_in_flight;
  return policy;
}

inline Outcome delivered() {
  Outcome outcome;
  outcome.kind = Outcome::Kind::delivered;
  return outcome;
}
inline Outcome failed(bool refused = false) {
  Outcome outcome;
  outcome.error = "HTTP 500";
  outcome.refused = refused;
  return outcome;
}

inline Webhook webhook_at(std::int64_t frontier) {
  Webhook webhook;
  webhook.id = "wh_1";
  webhook.frontier = frontier;
  return webhook;
}

class States {
 public:
  explicit States(DeliveryPolicy p) : policy(std::move(p)) {}
  WebhookState make(const Webhook& webhook, std::size_t retries = 0) { return {webhook, retries, policy, random}; }

  // Starts the candidate of this moment; 0 if there is none.
  static std::int64_t start(WebhookState& state, std::int64_t now, std::int64_t head) {
    const Candidate candidate = state.next(now, head);
    if (candidate.kind == Candidate::Kind::none) return 0;
    const std::int64_t op_id = candidate.kind == Candidate::Kind::from_log ? state.frontier() + 1 : candidate.op_id;
    state.start(candidate, op_id, now);
    return op_id;
  }
  // Fails deliveries from the log until the breaker opens.
  static void break_it(WebhookState& state, std::int64_t head, const Outcome& outcome) {
    while (!state.failing()) {
      const std::int64_t op_id = start(state, 0, head);
      REQUIRE(op_id > 0);
      state.finish(op_id, outcome, 0);
    }
  }

  SeededRandom random{3};
  DeliveryPolicy policy;
};

}  // namespace choreo::test
