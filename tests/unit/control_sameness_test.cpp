// How many webhooks there may be, which of them are one, and what makes their retries due.
#include <catch2/catch.hpp>

#include "control_fixture.h"
#include "sqlite/database.h"

using namespace choreo;
using namespace choreo::test;

TEST_CASE_METHOD(Fixture, "faults_a11_no more webhooks than an instance and a host may have") {
  Store store = open();
  const control::WebhookLimits limits{2, 3};
  REQUIRE(store.put(registration("http://a/1"), 0, limits).ok());
  REQUIRE(store.put(registration("http://a/2"), 0, limits).ok());
  const auto beyond = store.put(registration("http://b/"), 0, limits);
  REQUIRE_FALSE(beyond.ok());
  CHECK(beyond.error().code == "too_many_webhooks");
  CHECK(beyond.error().message.find("CHOREO_MAX_WEBHOOKS=2") != std::string::npos);
  CHECK(store.put(registration("http://A:80/2"), 0, limits).ok());  // it is there
  REQUIRE(store.put(registration("http://A./3", "other"), 0, limits).ok());
  const auto to_host = store.put(registration("http://a/4", "other"), 0, limits);
  REQUIRE_FALSE(to_host.ok());
  CHECK(to_host.error().message.find("CHOREO_MAX_HOST_WEBHOOKS=3") != std::string::npos);
  CHECK(store.put(registration("http://b/", "other"), 0, limits).ok());
  CHECK(store.put(registration("http://c/"), 0).ok());  // without limits
}

TEST_CASE_METHOD(Fixture, "faults_d_spellings that an older version left are found, and go together") {
  { Store store = open(); }
  auto db = sqlite::Database::open(dir + "/.control/control.db", sqlite::OpenMode::read_write, 1000);
  for (const char* url : {"http://a/x", "HTTP://A/x"})
    REQUIRE(db->exec(("INSERT INTO webhooks(id, instance, epoch, url, active, operators, tables, headers, description,"
                      " secret, created) VALUES('" +
                      std::string(url) + "', 'shop', 'e1', '" + url + "', 1, '[]', '[]', '[]', '', 's', '');" +
                      "INSERT INTO deliveries(webhook_id, frontier) VALUES('" + url + "', 0)")
                         .c_str())
                .ok());
  Store store = open();
  CHECK(store.put(registration("HTTP://A/x"), 0)->id == "HTTP://A/x");
  CHECK(store.put(registration("http://a/x"), 0)->id == "http://a/x");
  CHECK(*store.remove_by_url("shop", "e1", "http://a:80/x"));
  CHECK(store.all()->empty());
}

TEST_CASE_METHOD(Fixture, "faults_b13_what says that an endpoint is back makes what waits due") {
  Store store = open();
  const auto webhook = store.put(registration("http://a/"), 0);
  const auto fail = [&] {
    Settlement settlement = settlement_of(*webhook, 5);
    settlement.retries = {{3, 1, kNow + 3'600'000, "HTTP 500", 1}};
    settlement.paused_until_ms = kNow + 3'600'000;
    settlement.consecutive_failures = 9;
    REQUIRE(store.settle({settlement}).ok());
    REQUIRE(store.retries(webhook->id, 9)->front().next_ms > kNow);
  };
  std::int64_t asked = only(store).due_asked;
  const auto check_due = [&] {
    CHECK(store.retries(webhook->id, 9)->front().next_ms == 0);
    CHECK(only(store).paused_until_ms == 0);
    CHECK(only(store).due_asked == ++asked);
  };
  fail();
  REQUIRE(store.enable("shop", "e1", webhook->id).ok());
  check_due();
  fail();
  const auto activate = [](Webhook& one) { return control::apply_change(R"({"active":true})", one); };
  REQUIRE(store.change("shop", "e1", webhook->id, activate).ok());
  check_due();
  fail();
  REQUIRE(store.put(registration("http://a/"), 0).ok());
  check_due();
  fail();
  control::Attempt attempt;
  attempt.result = control::Attempt::Result::delivered;
  REQUIRE(store.end_ping({*store.add_ping(webhook->id), webhook->id, kNow}, attempt).ok());
  check_due();
  fail();
  const auto describe = [](Webhook& one) { return control::apply_change(R"({"description":"x"})", one); };
  REQUIRE(store.change("shop", "e1", webhook->id, describe).ok());
  attempt.result = control::Attempt::Result::failed;
  REQUIRE(store.end_ping({*store.add_ping(webhook->id), webhook->id, kNow}, attempt).ok());
  CHECK(store.retries(webhook->id, 9)->front().next_ms > kNow);
  CHECK(only(store).due_asked == asked);
}
