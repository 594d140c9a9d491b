// What was asked for beside the usual: order, a limit of its own, replays; attempts, warnings.
#include <catch2/catch.hpp>

#include "dispatcher_states.h"

using namespace choreo;
using namespace choreo::test;

TEST_CASE("an ordered webhook sends one at a time, and nothing past what failed") {
  States states(policy_of("10,10"));
  Webhook ordered = webhook_at(0);
  ordered.ordered = true;
  WebhookState state = states.make(ordered);
  CHECK(States::start(state, 0, 3) == 1);
  CHECK(States::start(state, 0, 3) == 0);
  state.finish(1, delivered(), 0);
  CHECK(States::start(state, 0, 3) == 2);
  state.finish(2, failed(true), 0);
  CHECK(States::start(state, 1000, 3) == 0);
  const std::int64_t due = *state.wake_at(3);
  CHECK(due >= 8000);
  CHECK(States::start(state, due, 3) == 2);
  state.finish(2, delivered(), due);
  CHECK(States::start(state, due, 3) == 3);
}

TEST_CASE("what was left open and what waits to be tried again go in log order where delivery is ordered") {
  States states(policy_of("10"));
  Webhook ordered = webhook_at(9);
  ordered.ordered = true;
  ordered.open = {5, 8};
  WebhookState state = states.make(ordered, 2);
  REQUIRE(state.needs_refill());
  state.refill({{4, 1, 99'000, ""}, {6, 1, 10, ""}}, 0);
  for (std::int64_t id : {4, 5, 6, 8, 10}) {
    CHECK(States::start(state, 0, 10) == id);
    state.finish(id, delivered(), 0);
  }
}

TEST_CASE("a change to ordered lets what is on its way end, and orders what waits") {
  States states(policy_of("10"));
  WebhookState state = states.make(webhook_at(0));
  for (int sent = 1; sent <= 3; ++sent) CHECK(States::start(state, 0, 9) == sent);
  state.finish(2, failed(), 0);
  const auto stored = state.settlement().retries;
  state.settled();
  Webhook ordered = webhook_at(0);
  ordered.ordered = true;
  state.configure(ordered);
  REQUIRE(state.needs_refill());
  state.refill(stored, 0);
  CHECK(States::start(state, 0, 9) == 0);
  state.finish(1, delivered(), 0);
  CHECK(States::start(state, 0, 9) == 0);
  state.finish(3, delivered(), 0);
  CHECK(States::start(state, 0, 9) == 2);
  state.finish(2, delivered(), 0);
  CHECK(States::start(state, 0, 9) == 4);
}

TEST_CASE("a webhook's own limit counts, and the policy's number of failures makes it fail") {
  States states(policy_of("10"));
  Webhook wide = webhook_at(0);
  wide.max_in_flight = 6;
  WebhookState state = states.make(wide);
  for (int sent = 1; sent <= 6; ++sent) CHECK(States::start(state, 0, 100) == sent);
  CHECK(States::start(state, 0, 100) == 0);
  for (int sent = 1; sent <= 4; ++sent) state.finish(sent, failed(), 0);
  CHECK(state.failing());
}

TEST_CASE("what only fails is warned of after half of the time and then disabled") {
  States states(policy_of("1,1,1,1,1,1,1,1,1,1,1,1,1,1"));
  states.policy.disable_after_ms = 100'000;
  WebhookState state = states.make(webhook_at(0));
  constexpr std::int64_t kStart = 1'000'000;
  const auto fail_at = [&](std::int64_t now) {
    const Candidate candidate = state.next(now, 1000);
    REQUIRE(candidate.kind != Candidate::Kind::none);
    const std::int64_t op_id = candidate.kind == Candidate::Kind::again ? candidate.op_id : state.frontier() + 1;
    state.start(candidate, op_id, now);
    state.finish(op_id, failed(), now);
    const auto settlement = state.settlement();
    state.settled();
    return settlement;
  };
  CHECK(fail_at(kStart).disable_at_ms == kStart + 100'000);
  for (int n = 1; n <= 5; ++n) CHECK(fail_at(kStart + n * 5000).warning.empty());
  const auto warned = fail_at(kStart + 50'000);
  CHECK(warned.warned);
  CHECK(warned.warning.find("1970-01-01T00:18:20.000Z") != std::string::npos);  // kStart + 100 s
  CHECK_FALSE(fail_at(kStart + 60'000).warned);
  const auto off = fail_at(kStart + 100'000);
  CHECK(off.disabled_reason == "nothing but failures since 1970-01-01T00:16:40.000Z; the last: HTTP 500");
  CHECK(state.disabled());
}

TEST_CASE("a clock that was set forward disables nothing by one failure") {
  States states(policy_of("10"));
  Webhook stored = webhook_at(0);
  stored.failing_since_ms = 1;
  stored.consecutive_failures = 1;
  WebhookState state = states.make(stored);
  constexpr std::int64_t kLater = 30 * dispatcher::kDayMs;
  CHECK(States::start(state, kLater, 9) == 1);
  state.finish(1, failed(), kLater);
  CHECK_FALSE(state.disabled());
}

TEST_CASE("a replay sends again, also what waits or was given up, and is stored with its position") {
  States states(policy_of("100"));
  WebhookState state = states.make(webhook_at(0));
  for (int sent = 1; sent <= 3; ++sent) CHECK(States::start(state, 0, 3) == sent);
  state.finish(1, delivered(), 0);
  state.finish(2, failed(), 0);
  state.settled();
  REQUIRE(state.takes_replay());
  control::Replay position;
  position.id = 7;
  position.next_id = 4;
  state.replay({1, 2, 3}, position, true, 1000);
  CHECK_FALSE(state.takes_replay());
  const auto settlement = state.settlement();
  REQUIRE(settlement.retries.size() == 2);  // 3 is on its way
  CHECK(settlement.retries[0].next_ms == 1000);
  CHECK(settlement.replay->id == 7);
  CHECK(settlement.replay_done);
  state.settled();
  CHECK(States::start(state, 1000, 3) == 1);
  CHECK(States::start(state, 1000, 3) == 2);
  state.finish(2, delivered(), 1000);
  CHECK(state.settlement().delivered == std::vector<std::int64_t>{2});
  CHECK(state.settlement().attempts.front().number == 2);
}

TEST_CASE("each attempt is recorded with what follows from it") {
  States states(policy_of("10"));
  WebhookState state = states.make(webhook_at(0));
  Outcome slow = failed();
  slow.status = 500;
  slow.latency_ms = 40;
  slow.answer = "sorry";
  CHECK(States::start(state, 100'000, 1) == 1);
  state.finish(1, slow, 100'040);
  const auto settlement = state.settlement();
  REQUIRE(settlement.attempts.size() == 1);
  const control::Attempt attempt = settlement.attempts.front();
  CHECK(attempt.at_ms == 100'000);
  CHECK(attempt.result == control::Attempt::Result::failed);
  CHECK(attempt.answer == "sorry");
  CHECK(attempt.next_ms == settlement.retries.front().next_ms);
  state.settled();
  CHECK(States::start(state, attempt.next_ms, 1) == 1);
  state.finish(1, slow, attempt.next_ms);
  CHECK(state.settlement().attempts.front().result == control::Attempt::Result::given_up);
  CHECK(state.settlement().attempts.front().number == 2);
}
