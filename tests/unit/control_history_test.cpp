// The history of attempts, replays, tests, and what a control.db of schema 1 becomes.
#include <catch2/catch.hpp>

#include <filesystem>

#include "control/webhooks.h"
#include "sqlite/database.h"
#include "support/temporary_directory.h"

using namespace choreo;
using control::Attempt;
using control::Replay;
using control::Settlement;
using control::Store;
using control::Webhook;

namespace {

class Fixture {
 public:
  Webhook add(const std::string& url = "http://a/") {
    Webhook webhook;
    webhook.instance = "shop";
    webhook.epoch = "e1";
    webhook.url = url;
    const auto stored = store.put(webhook, 0);
    REQUIRE(stored.ok());
    return *stored;
  }
  void attempt(const Webhook& webhook, std::int64_t op_id, Attempt::Result result, int status) {
    Settlement settlement;
    settlement.webhook_id = webhook.id;
    settlement.frontier = op_id;
    Attempt one;
    one.op_id = op_id;
    one.result = result;
    one.status = status;
    one.at_ms = clock.wall_ms();
    settlement.attempts = {one};
    REQUIRE(store.settle({settlement}).ok());
  }
  std::vector<std::int64_t> ids(const Webhook& webhook, const Store::AttemptFilter& filter = {},
                                std::int64_t before = 0) {
    std::vector<std::int64_t> out;
    const auto rows = store.attempts(webhook.id, filter, before, 1000);
    REQUIRE(rows.ok());
    for (const Attempt& one : *rows) out.push_back(one.id);
    return out;
  }

  const test::TemporaryDirectory temporary;
  ManualClock clock{1'771'172'521'000};
  SeededRandom random{7};
  Store store{std::move(*Store::open(temporary.path(), clock, random))};
};

using Ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE_METHOD(Fixture, "attempts are counted, and found by result, status, operation and place") {
  const Webhook webhook = add();
  attempt(webhook, 1, Attempt::Result::delivered, 200);
  attempt(webhook, 2, Attempt::Result::failed, 500);
  attempt(webhook, 2, Attempt::Result::given_up, 503);
  CHECK(ids(webhook) == Ids{3, 2, 1});
  CHECK(ids(webhook, {Attempt::Result::failed, {}, {}}) == Ids{3, 2});
  CHECK(ids(webhook, {Attempt::Result::given_up, {}, {}}) == Ids{3});
  CHECK(ids(webhook, {{}, 500, {}}) == Ids{2});
  CHECK(ids(webhook, {{}, {}, 1}) == Ids{1});
  CHECK(ids(webhook, {}, 3) == Ids{2, 1});
  CHECK(ids(add("http://b/")).empty());
  const Webhook now = *store.find("shop", "e1", webhook.id);
  CHECK(now.attempts == 3);
  CHECK(now.delivered == 1);
}

TEST_CASE_METHOD(Fixture, "the history is bounded by count and by age, each webhook for itself") {
  const Webhook a = add("http://a/"), b = add("http://b/");
  store.bound_history(16, 1000);
  attempt(b, 1, Attempt::Result::delivered, 200);
  for (int n = 1; n <= 100; ++n) attempt(a, n, Attempt::Result::delivered, 200);
  CHECK(ids(a).size() <= 18);
  CHECK(ids(a).size() >= 16);
  CHECK(ids(a).front() == 100);
  CHECK(ids(b) == Ids{1});
  clock.advance(900);
  attempt(a, 101, Attempt::Result::delivered, 200);
  REQUIRE(store.forget_old_attempts().ok());
  CHECK(ids(a).size() > 1);
  clock.advance(200);
  REQUIRE(store.forget_old_attempts().ok());
  CHECK(ids(a) == Ids{101});
  CHECK(ids(b).empty());
}

TEST_CASE_METHOD(Fixture, "a removed webhook takes its history along, and late outcomes leave none") {
  const Webhook webhook = add();
  attempt(webhook, 1, Attempt::Result::failed, 500);
  REQUIRE(*store.remove_by_id("shop", "e1", webhook.id));
  CHECK(ids(webhook).empty());
  attempt(webhook, 2, Attempt::Result::failed, 500);
  CHECK(ids(webhook).empty());
}

TEST_CASE_METHOD(Fixture, "a replay goes on where it was stored, and the next one follows") {
  const Webhook webhook = add();
  Replay first, second;
  first.last_id = 900;
  second.kind = Replay::Kind::operations;
  second.ids = {3, 5};
  REQUIRE(store.add_replay(webhook.id, first).ok());
  REQUIRE(store.add_replay(webhook.id, second).ok());
  CHECK(store.all()->front().replays == 2);
  Settlement settlement;
  settlement.webhook_id = webhook.id;
  settlement.replay = **store.next_replay(webhook.id);
  settlement.replay->next_id = 64;
  REQUIRE(store.settle({settlement}).ok());
  CHECK((*store.next_replay(webhook.id))->next_id == 64);
  settlement.replay_done = true;
  REQUIRE(store.settle({settlement}).ok());
  CHECK((*store.next_replay(webhook.id))->ids == Ids{3, 5});
}

TEST_CASE_METHOD(Fixture, "a test is taken once, its outcome shown to whoever asked, and none waits for ever") {
  const Webhook webhook = add();
  const std::int64_t asked = *store.add_ping(webhook.id);
  CHECK_FALSE(store.ping_state(asked)->taken);
  const auto taken = store.take_pings();
  REQUIRE(taken->size() == 1);
  CHECK(store.take_pings()->empty());
  CHECK(store.ping_state(asked)->taken);
  Attempt outcome;
  outcome.status = 204;
  REQUIRE(store.end_ping(taken->front(), outcome).ok());
  CHECK(store.ping_state(asked)->attempt->status == 204);
  REQUIRE(store.add_ping(webhook.id).ok());
  clock.advance(3'600'000);
  CHECK(store.take_pings()->empty());
  CHECK(store.ping_state(asked).error().code == "test_unfinished");
  const std::int64_t lost = *store.add_ping(webhook.id);
  REQUIRE(store.take_pings()->size() == 1);
  REQUIRE(store.forget_taken_pings().ok());
  CHECK(store.ping_state(lost).error().code == "test_unfinished");
}

TEST_CASE("a control.db of schema 1 keeps what it has") {
  const test::TemporaryDirectory temporary;
  const std::string path = temporary.path() + "/control.db";
  {
    auto db = sqlite::Database::open(path, sqlite::OpenMode::read_write_create, 1000);
    REQUIRE(db.ok());
    REQUIRE(db->exec("CREATE TABLE webhooks(id TEXT PRIMARY KEY, instance TEXT NOT NULL, epoch TEXT NOT NULL, url TEXT"
                     " NOT NULL, active INTEGER NOT NULL, operators TEXT NOT NULL, tables TEXT NOT NULL, headers TEXT"
                     " NOT NULL, description TEXT NOT NULL, secret TEXT NOT NULL, created TEXT NOT NULL,"
                     " UNIQUE(instance, url)) STRICT, WITHOUT ROWID;"
                     "CREATE TABLE deliveries(webhook_id TEXT PRIMARY KEY REFERENCES webhooks(id) ON DELETE CASCADE,"
                     " frontier INTEGER NOT NULL, open TEXT NOT NULL DEFAULT '[]', last_attempt TEXT NOT NULL DEFAULT"
                     " '', last_success TEXT NOT NULL DEFAULT '', consecutive_failures INTEGER NOT NULL DEFAULT 0,"
                     " last_error TEXT NOT NULL DEFAULT '', disabled_reason TEXT NOT NULL DEFAULT '') STRICT,"
                     " WITHOUT ROWID;"
                     "CREATE TABLE failed(webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE, op_id"
                     " INTEGER NOT NULL, dead INTEGER NOT NULL, attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL,"
                     " error TEXT NOT NULL, PRIMARY KEY(webhook_id, op_id)) STRICT, WITHOUT ROWID;"
                     "CREATE INDEX failed_due ON failed(webhook_id, dead, next_ms, op_id);"
                     "CREATE TABLE done_once(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
                     "INSERT INTO webhooks VALUES('wh_1', 'shop', 'e1', 'http://a/', 1, '[\"ALT\"]', '[]',"
                     " '[[\"X-Key\",\"k\"]]', 'note', 'whsec_x', '2026-01-01T00:00:00.000Z');"
                     "INSERT INTO deliveries(webhook_id, frontier, open) VALUES('wh_1', 9, '[8]');"
                     "INSERT INTO failed VALUES('wh_1', 5, 0, 3, 77, 'HTTP 500');"
                     "PRAGMA user_version=1")
                .ok());
  }
  ManualClock clock{1000};
  SeededRandom random{7};
  auto store = Store::open(temporary.path(), clock, random);
  REQUIRE(store.ok());
  const Webhook webhook = store->all()->front();
  CHECK(webhook.secret == "whsec_x");
  CHECK(webhook.cursor == 7);
  CHECK(webhook.frontier == 9);
  CHECK_FALSE(webhook.ordered);
  CHECK_FALSE(webhook.cloudevents);
  CHECK(webhook.max_in_flight == 0);
  const auto retry = store->retries("wh_1", 10)->front();
  CHECK(retry.attempts == 3);
  CHECK(retry.tries == 3);
}
