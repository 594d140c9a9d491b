#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <set>

#include "dispatcher_states.h"

using namespace choreo;
using namespace choreo::test;

TEST_CASE("at most max_in_flight are sent, in log order") {
  States states(policy_of("1"));
  WebhookState state = states.make(webhook_at(10));
  for (std::int64_t id : {11, 12, 13, 14}) CHECK(States::start(state, 0, 100) == id);
  CHECK(States::start(state, 0, 100) == 0);
  CHECK(state.settlement().open == std::vector<std::int64_t>{11, 12, 13, 14});
  CHECK(state.settlement().frontier == 14);
  state.finish(12, delivered(), 0);
  CHECK(state.settlement().open == std::vector<std::int64_t>{11, 13, 14});
  CHECK(States::start(state, 0, 100) == 15);
}

TEST_CASE("what a restart left open is sent first") {
  States states(policy_of("1"));
  Webhook webhook = webhook_at(20);
  webhook.open = {12, 17};
  WebhookState state = states.make(webhook);
  CHECK(States::start(state, 0, 100) == 12);
  CHECK(States::start(state, 0, 100) == 17);
  CHECK(States::start(state, 0, 100) == 21);
}

TEST_CASE("each failure in a row takes one from what is allowed at once") {
  States states(policy_of("10"));
  WebhookState state = states.make(webhook_at(0));
  for (int sent = 1; sent <= 4; ++sent) CHECK(States::start(state, 0, 100) == sent);
  for (int sent = 1; sent <= 4; ++sent) {
    state.finish(sent, failed(), 0);
    CHECK(States::start(state, 0, 100) == 0);
  }
  CHECK(state.failing());
  CHECK(state.frontier() == 4);
}

TEST_CASE("a failure becomes a retry that is due after the schedule's delay") {
  States states(policy_of("10,20"));
  WebhookState state = states.make(webhook_at(0));
  CHECK(States::start(state, 0, 1) == 1);
  state.finish(1, failed(), 1000);
  REQUIRE(state.outcome_pending());
  const auto settlement = state.settlement();
  REQUIRE(settlement.retries.size() == 1);
  CHECK(settlement.open.empty());
  CHECK(settlement.consecutive_failures == 1);
  CHECK(settlement.last_error == "HTTP 500");
  const std::int64_t due = settlement.retries.front().next_ms;
  CHECK(due >= 9000);
  CHECK(due <= 13000);
  CHECK(States::start(state, due - 1, 1) == 0);
  CHECK(state.wake_at(1) == due);
  CHECK(States::start(state, due, 1) == 1);
  state.settled();
  state.finish(1, delivered(), due);
  CHECK(state.settlement().delivered == std::vector<std::int64_t>{1});
  CHECK(state.settlement().consecutive_failures == 0);
  CHECK(state.settlement().last_error.empty());
}

TEST_CASE("after the schedule a delivery is dead") {
  States states(policy_of("1,1", 64));
  WebhookState state = states.make(webhook_at(0));
  std::int64_t now = 0;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    REQUIRE(States::start(state, now, 1) == 1);
    state.settled();
    state.finish(1, failed(), now);
    now += 10'000;
  }
  CHECK(state.settlement().retries.empty());
  REQUIRE(state.settlement().dead.size() == 1);
  CHECK(state.settlement().dead.front().attempts == 3);
  CHECK(States::start(state, now, 1) == 0);
  CHECK_FALSE(state.wake_at(1).has_value());
}

TEST_CASE("a failing endpoint gets one probe at a time and nothing of the backlog") {
  States states(policy_of("1,5,30"));
  WebhookState state = states.make(webhook_at(0));
  States::break_it(state, 1'000'000, failed());
  CHECK(state.frontier() == 4);
  CHECK(States::start(state, 0, 1'000'000) == 0);
  std::int64_t now = *state.wake_at(1'000'000);
  CHECK(now >= 800);
  CHECK(now <= 1200);
  for (int probe = 0; probe < 6; ++probe) {
    const std::int64_t op_id = States::start(state, now, 1'000'000);
    REQUIRE(op_id > 0);
    CHECK(op_id <= 4);
    CHECK(States::start(state, now, 1'000'000) == 0);
    state.finish(op_id, failed(), now);
    now = *state.wake_at(1'000'000);
  }
  CHECK(state.frontier() == 4);
  CHECK(now > 4000);  // it has backed off
}

TEST_CASE("a probe that succeeds reopens everything, and what waited goes out at once") {
  States states(policy_of("1,3600"));
  WebhookState state = states.make(webhook_at(0));
  States::break_it(state, 100, failed());
  const std::int64_t now = 2000;
  const std::int64_t probe = States::start(state, now, 100);
  REQUIRE(probe > 0);
  state.finish(probe, delivered(), now);
  CHECK_FALSE(state.failing());
  std::set<std::int64_t> sent;
  while (sent.size() < 8) {
    const std::int64_t op_id = States::start(state, now, 100);
    REQUIRE(op_id > 0);
    state.finish(op_id, delivered(), now);
    CHECK(sent.insert(op_id).second);
  }
  for (std::int64_t id = 1; id <= 4; ++id) CHECK((id == probe || sent.contains(id)));
  CHECK(state.frontier() > 4);
}

TEST_CASE("a failing endpoint is not tried more often than the schedule says, while its waits are short") {
  States states(policy_of("1,5,30,60,120,240"));
  WebhookState state = states.make(webhook_at(0));
  std::int64_t now = 0;
  int attempts = 0;
  while (const auto at = state.wake_at(1)) {
    now = std::max(now, *at);
    REQUIRE(States::start(state, now, 1) == 1);
    state.settled();
    state.finish(1, failed(), now);
    ++attempts;
  }
  CHECK(attempts == 7);
  CHECK(state.settlement().dead.size() == 1);
}

TEST_CASE("an early try that fails is counted, and leaves the retry's place in the schedule as it was") {
  States states(policy_of("3600,3600"));
  WebhookState state = states.make(webhook_at(0));
  CHECK(States::start(state, 0, 1) == 1);
  state.finish(1, failed(), 0);
  const auto before = state.settlement().retries.front();
  Webhook stored = webhook_at(1);
  stored.consecutive_failures = 4;  // as after a restart of a failing one
  WebhookState again = states.make(stored, 1);
  again.refill({before}, 0);
  for (int probe = 0; probe < 5; ++probe) {  // more probes than the schedule has steps
    const std::int64_t now = *again.wake_at(1);
    if (now >= before.next_ms) break;
    REQUIRE(States::start(again, now, 1) == 1);
    again.finish(1, failed(), now);
    const auto settlement = again.settlement();
    CHECK(settlement.dead.empty());
    REQUIRE(settlement.retries.size() == 1);
    CHECK(settlement.retries.front().attempts == before.attempts);
    CHECK(settlement.retries.front().next_ms == before.next_ms);
    CHECK(settlement.retries.front().tries == before.tries + probe + 1);
    REQUIRE(settlement.attempts.size() == 1);
    CHECK(settlement.attempts.front().number == before.tries + probe + 1);
    again.settled();
  }
}

TEST_CASE("a retry that was stored while the clock was ahead waits no longer than a new one") {
  States states(policy_of("1,5,172800"));
  constexpr std::int64_t kNow = 1'000'000, kDayMs = dispatcher::kDayMs, kYearMs = 365 * kDayMs;
  WebhookState state = states.make(webhook_at(3), 3);
  state.refill({{1, 1, kNow + kYearMs, ""}, {2, 3, kNow + kYearMs, ""}, {3, 1, kNow + 700, ""}}, kNow);
  CHECK(States::start(state, kNow + 700, 3) == 3);
  CHECK(States::start(state, kNow + kDayMs - 1, 3) == 0);
  CHECK(States::start(state, kNow + kDayMs, 3) == 1);  // what an endpoint may ask for with Retry-After
  CHECK(States::start(state, kNow + kDayMs * 12 / 5, 3) == 2);
}

TEST_CASE("operations that an endpoint refuses do not hold back the others") {
  States states(policy_of("1,5,30,300"));
  WebhookState state = states.make(webhook_at(0));
  States::break_it(state, 100, failed(true));
  std::int64_t now = 0;
  std::int64_t delivered_op = 0;
  for (int probe = 0; probe < 6 && delivered_op == 0; ++probe) {
    now = *state.wake_at(100);
    const std::int64_t op_id = States::start(state, now, 100);
    REQUIRE(op_id > 0);
    const bool good = op_id > 4;
    state.finish(op_id, good ? delivered() : failed(true), now);
    if (good) delivered_op = op_id;
  }
  CHECK(delivered_op == 5);
  CHECK_FALSE(state.failing());
}

TEST_CASE("Retry-After pauses the whole webhook") {
  States states(policy_of("1"));
  WebhookState state = states.make(webhook_at(0));
  CHECK(States::start(state, 0, 100) == 1);
  Outcome busy = failed();
  busy.retry_after_ms = 60'000;
  busy.slow_down = true;
  state.finish(1, busy, 0);
  CHECK(States::start(state, 59'999, 100) == 0);
  CHECK(state.wake_at(100) == 60'000);
  CHECK(state.settlement().retries.front().next_ms == 60'000);
  Webhook stored = webhook_at(1);
  stored.paused_until_ms = state.settlement().paused_until_ms;
  WebhookState again = states.make(stored);
  CHECK(States::start(again, 59'999, 100) == 0);
  CHECK(States::start(again, 60'000, 100) == 2);
  CHECK(States::start(state, 60'000, 100) > 0);
  CHECK(States::start(state, 60'000, 100) == 0);  // one at a time until it has recovered
}

TEST_CASE("410 switches the webhook off and keeps the operation") {
  States states(policy_of("1"));
  WebhookState state = states.make(webhook_at(0));
  CHECK(States::start(state, 0, 100) == 1);
  Outcome gone = failed();
  gone.kind = Outcome::Kind::gone;
  gone.error = "HTTP 410";
  state.finish(1, gone, 500);
  CHECK(state.settlement().disabled_reason == "HTTP 410");
  REQUIRE(state.settlement().retries.size() == 1);
  CHECK(state.settlement().retries.front().next_ms == 500);
  state.settled();
  CHECK(state.disabled());
  CHECK(state.settlement().disabled_reason.empty());  // it may have been enabled again since it was stored
  CHECK(States::start(state, 1'000'000, 100) == 0);
  CHECK_FALSE(state.wake_at(100).has_value());
}

TEST_CASE("with too many retries waiting the log waits") {
  DeliveryPolicy policy = policy_of("3600", 1000);
  policy.max_retries = 10;
  States states(policy);
  WebhookState state = states.make(webhook_at(0));
  std::int64_t sent = 0;
  while (const std::int64_t op_id = States::start(state, 0, 100)) {
    state.finish(op_id, failed(), 0);
    ++sent;
  }
  CHECK(sent == 10);
}

TEST_CASE("an operation that cannot be read is given up, not waited for") {
  States states(policy_of("1"));
  WebhookState state = states.make(webhook_at(0));
  CHECK(States::start(state, 0, 1) == 1);
  state.abandon(1, "not in the log", 0);
  REQUIRE(state.settlement().dead.size() == 1);
  CHECK(state.settlement().open.empty());
  CHECK(state.in_flight() == 0);
}
