#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>

#include "control_fixture.h"
#include "sqlite/database.h"

using namespace choreo;
using namespace choreo::test;

TEST_CASE_METHOD(Fixture, "a new registration starts at the head and shows its secret once") {
  Store store = open();
  const auto added = store.put(registration("http://a/"), 41);
  REQUIRE(added.ok());
  CHECK(added->id.size() == 27);
  CHECK(added->id.starts_with("wh_"));
  CHECK(added->secret.starts_with("whsec_"));
  CHECK(added->cursor == 41);
  CHECK(added->created == "2026-02-15T16:22:01.000Z");
  const auto listed = store.list("shop", "e1");
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().secret.empty());
  CHECK(only(store).secret == added->secret);
}

TEST_CASE_METHOD(Fixture, "the same url again updates it and keeps identity, position and secret") {
  Store store = open();
  const auto first = store.put(registration("http://a/"), 41);
  Webhook again = registration("http://a/");
  again.operators = {"ALT"};
  again.tables = {"places"};
  again.headers = {{"A", "1"}};
  again.description = "new";
  again.active = false;
  const auto second = store.put(again, 99);
  REQUIRE(second.ok());
  CHECK(second->secret.empty());
  const Webhook stored = only(store);
  CHECK(stored.id == first->id);
  CHECK(stored.cursor == 41);
  CHECK(stored.secret == first->secret);
  CHECK(stored.operators == again.operators);
  CHECK(stored.tables == again.tables);
  CHECK(stored.headers == again.headers);
  CHECK(stored.description == "new");
  CHECK_FALSE(stored.active);

  again.secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  CHECK(store.put(again, 99)->secret == again.secret);
  CHECK(only(store).secret == again.secret);
}

TEST_CASE_METHOD(Fixture, "an instance made anew starts without the old registrations") {
  Store store = open();
  const auto old = store.put(registration("http://a/", "shop", "e1"), 41);
  CHECK(*store.count("shop", "e2") == 0);
  const auto made = store.put(registration("http://a/", "shop", "e2"), 3);
  REQUIRE(made.ok());
  CHECK(made->id != old->id);
  CHECK(made->cursor == 3);
  CHECK(only(store).id == made->id);
}

TEST_CASE_METHOD(Fixture, "removal by url, by id and by instance") {
  Store store = open();
  const auto a = store.put(registration("http://a/"), 0);
  const auto b = store.put(registration("http://b/"), 0);
  (void)store.put(registration("http://c/", "other"), 0);
  CHECK_FALSE(*store.remove_by_url("shop", "e2", "http://a/"));
  CHECK(*store.remove_by_url("shop", "e1", "http://a/"));
  CHECK_FALSE(*store.remove_by_url("shop", "e1", "http://a/"));
  CHECK_FALSE(*store.remove_by_id("shop", "e1", a->id));
  CHECK_FALSE(*store.remove_by_id("other", "e1", b->id));
  CHECK(*store.remove_by_id("shop", "e1", b->id));
  CHECK(store.remove_instance("other").ok());
  CHECK(store.all()->empty());
}

TEST_CASE_METHOD(Fixture, "a settlement survives reopening, and what is open holds the cursor") {
  {
    Store store = open();
    const auto webhook = store.put(registration("http://a/"), 10);
    Settlement settlement = settlement_of(*webhook, 20, {13, 17});
    settlement.retries = {{11, 1, kNow + 5000, "HTTP 500"}, {12, 1, kNow + 1000, "HTTP 500"}};
    settlement.attempted = true;
    settlement.consecutive_failures = 2;
    settlement.last_error = "HTTP 500";
    settlement.paused_until_ms = kNow + 7000;
    REQUIRE(store.settle({settlement}).ok());
  }
  Store store = open();
  const Webhook webhook = only(store);
  CHECK(webhook.paused_until_ms == kNow + 7000);
  CHECK(webhook.frontier == 20);
  CHECK(webhook.open == std::vector<std::int64_t>{13, 17});
  CHECK(webhook.cursor == 12);
  CHECK(webhook.consecutive_failures == 2);
  CHECK(webhook.last_error == "HTTP 500");
  CHECK(webhook.last_attempt == "2026-02-15T16:22:01.000Z");
  CHECK(webhook.last_success.empty());
  const auto due = store.retries(webhook.id, 10);
  REQUIRE(due->size() == 2);
  CHECK((*due)[0].op_id == 12);
  CHECK((*due)[0].next_ms == kNow + 1000);
  CHECK((*due)[1].error == "HTTP 500");
  CHECK(store.retries(webhook.id, 1)->size() == 1);
}

TEST_CASE_METHOD(Fixture, "retries move, end and die") {
  Store store = open();
  const auto webhook = store.put(registration("http://a/"), 0);
  Settlement settlement = settlement_of(*webhook, 3);
  settlement.retries = {{1, 1, 100, "x"}, {2, 1, 200, "x"}, {3, 1, 300, "x"}};
  REQUIRE(store.settle({settlement}).ok());
  settlement.retries = {{1, 2, 900, "y"}};
  settlement.delivered = {2};
  settlement.dead = {{3, 2, 0, "gave up"}};
  REQUIRE(store.settle({settlement}).ok());
  const auto due = store.retries(webhook->id, 10);
  REQUIRE(due->size() == 1);
  CHECK(due->front().attempts == 2);
  CHECK(due->front().next_ms == 900);
  CHECK(*store.retry_count(webhook->id) == 1);
  CHECK(*store.dead_count(webhook->id) == 1);
  const auto listed = store.list("shop", "e1");
  CHECK(listed->front().retrying == 1);
  CHECK(listed->front().dead == 1);
  CHECK(store.put(registration("http://a/"), 0)->retrying == 1);
  CHECK(to_json(listed->front(), 3, false).find(R"("retrying":1,"dead":1)") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a frontier never goes back") {
  Store store = open();
  const auto webhook = store.put(registration("http://a/"), 10);
  REQUIRE(store.settle({settlement_of(*webhook, 20)}).ok());
  REQUIRE(store.settle({settlement_of(*webhook, 15)}).ok());
  CHECK(only(store).cursor == 20);
}

TEST_CASE_METHOD(Fixture, "settlements of a removed webhook are dropped, those beside it kept") {
  Store store = open();
  const auto removed = store.put(registration("http://a/"), 0);
  const auto kept = store.put(registration("http://b/"), 0);
  REQUIRE(store.remove_by_id("shop", "e1", removed->id).ok());
  Settlement lost = settlement_of(*removed, 5);
  lost.retries = {{4, 1, 100, "x"}};
  REQUIRE(store.settle({lost, settlement_of(*kept, 6)}).ok());
  CHECK(only(store).cursor == 6);
  CHECK(*store.retry_count(removed->id) == 0);
}

TEST_CASE_METHOD(Fixture, "removing a webhook removes its retries") {
  Store store = open();
  const auto webhook = store.put(registration("http://a/"), 0);
  Settlement settlement = settlement_of(*webhook, 1);
  settlement.retries = {{1, 1, 100, "x"}};
  REQUIRE(store.settle({settlement}).ok());
  REQUIRE(store.remove_by_id("shop", "e1", webhook->id).ok());
  CHECK(*store.retry_count(webhook->id) == 0);
}

TEST_CASE_METHOD(Fixture, "registering again takes back a disabled webhook") {
  Store store = open();
  const auto webhook = store.put(registration("http://a/"), 0);
  Settlement settlement = settlement_of(*webhook, 1);
  settlement.consecutive_failures = 9;
  settlement.disabled_reason = "HTTP 410";
  REQUIRE(store.settle({settlement}).ok());
  CHECK(only(store).disabled_reason == "HTTP 410");
  const auto again = store.put(registration("http://a/"), 5);
  CHECK(again->disabled_reason.empty());
  CHECK(only(store).disabled_reason.empty());
  CHECK(only(store).consecutive_failures == 0);
  CHECK(only(store).cursor == 1);
}

TEST_CASE_METHOD(Fixture, "the version tells of another connection's writes and not of one's own") {
  Store one = open();
  Store two = open();
  const std::int64_t before = *one.version();
  const auto webhook = two.put(registration("http://a/"), 0);
  const std::int64_t after = *one.version();
  CHECK(before != after);
  CHECK(only(one).id == webhook->id);
  REQUIRE(one.settle({settlement_of(*webhook, 5)}).ok());
  CHECK(*one.version() == after);
  CHECK(only(two).cursor == 5);
}

TEST_CASE_METHOD(Fixture, "the file is readable by its owner only") {
  Store store = open();
  (void)store.put(registration("http://a/"), 0);
  for (const char* name : {"/.control/control.db", "/.control/control.db-wal"}) {
    struct stat info {};
    REQUIRE(stat((dir + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 077) == 0);
  }
}

TEST_CASE_METHOD(Fixture, "a database of a later version is refused, unless it says that this one may use it") {
  { Store store = open(); }
  auto db = sqlite::Database::open(dir + "/.control/control.db", sqlite::OpenMode::read_write, 1000);
  const std::int64_t ours = *db->query_integer("PRAGMA user_version", 0);
  const std::int64_t usable_since = *db->query_integer("PRAGMA application_id", 0);
  CHECK(usable_since > 0);
  CHECK(usable_since <= ours);
  for (const std::int64_t since : {std::int64_t{0}, std::int64_t{-1}, ours + 1}) {
    REQUIRE(db->exec(("PRAGMA user_version=999; PRAGMA application_id=" + std::to_string(since)).c_str()).ok());
    const auto store = Store::open(dir + "/.control", clock, random);
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().code == "newer_schema");
  }
  // What a later version may have added without asking more of this one.
  REQUIRE(
      db->exec("ALTER TABLE webhooks ADD COLUMN later TEXT NOT NULL DEFAULT 'x'; CREATE TABLE later(id INTEGER)").ok());
  REQUIRE(db->exec(("PRAGMA application_id=" + std::to_string(ours)).c_str()).ok());
  Store store = open();
  CHECK(store.put(registration("http://a/"), 0).ok());
  CHECK(*db->query_integer("PRAGMA user_version", 0) == 999);
}

TEST_CASE_METHOD(Fixture, "secrets and header values stay out of lists") {
  Webhook webhook = registration("http://a/");
  webhook.id = "wh_1";
  webhook.secret = "whsec_x";
  webhook.headers = {{"Authorization", "Bearer topsecret"}};
  webhook.operators = {"ALT"};
  webhook.cursor = 40;
  const std::string shown = to_json(webhook, 42, false);
  CHECK(shown.find("whsec_") == std::string::npos);
  CHECK(shown.find("topsecret") == std::string::npos);
  CHECK(shown.find(R"("headers":{"Authorization":"********"})") != std::string::npos);
  CHECK(shown.find(R"("filter":["ALT"])") != std::string::npos);
  CHECK(shown.find(R"("cursor":40,"lag":2)") != std::string::npos);
  CHECK(shown.find(R"("last_success":null)") != std::string::npos);
  CHECK(to_json(webhook, 42, true).find(R"("secret":"whsec_x")") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "webhooks.json is imported once") {
  Store store = open();
  const auto find = [](const std::string& slug) -> std::optional<InstanceHead> {
    if (slug == "shop") return InstanceHead{"e1", 12};
    return std::nullopt;
  };
  REQUIRE(control::import_legacy(store, dir, find).ok());  // no file: nothing to do, and not done yet
  write_legacy(R"({"shop":[{"url":"http://a/","filter":["ALT"],"active":true},{"url":"http://b/","active":false}],
                   "unknown":[{"url":"http://c/"}]})");
  REQUIRE(control::import_legacy(store, dir, find).ok());
  auto listed = store.list("shop", "e1");
  REQUIRE(listed->size() == 2);
  CHECK(store.all()->size() == 2);
  for (const Webhook& webhook : *listed) CHECK(webhook.cursor == 12);

  REQUIRE(store.remove_by_url("shop", "e1", "http://a/").ok());
  REQUIRE(control::import_legacy(store, dir, find).ok());
  CHECK(store.list("shop", "e1")->size() == 1);
}

TEST_CASE_METHOD(Fixture, "a malformed webhooks.json imports nothing and is tried again") {
  Store store = open();
  const auto find = [](const std::string&) { return std::optional<InstanceHead>(InstanceHead{"e1", 0}); };
  for (const char* text :
       {"{", "[]", R"({"shop":{}})", R"({"shop":[{"url":"http://a/"},{"url":"nonsense"}]})", "\xff"}) {
    write_legacy(text);
    const Status status = control::import_legacy(store, dir, find);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == "bad_legacy_webhooks");
    CHECK(status.error().message.find("webhooks.json") != std::string::npos);
    CHECK(store.all()->empty());
  }
  write_legacy(R"({"shop":[{"url":"http://a/"}]})");
  CHECK(control::import_legacy(store, dir, find).ok());
  CHECK(store.all()->size() == 1);
}

TEST_CASE_METHOD(Fixture, "faults_b7_a_damaged_list_in_the_control_database_is_told") {
  Store store = open();
  REQUIRE(store.put(registration("http://a/"), 1).ok());
  auto db = sqlite::Database::open(dir + "/.control/control.db", sqlite::OpenMode::read_write, 1000);
  REQUIRE(db.ok());
  for (const char* column : {"operators", "tables", "headers"})
    for (const char* damaged : {"", "[", "[\"", "[\"ALT", "{}", "null", "[1]", "[\"\\", "[[\"a\"]]"}) {
      const std::string sql = std::string("UPDATE webhooks SET ") + column + " = '" + damaged + "'";
      REQUIRE(db->exec(sql.c_str()).ok());
      // Never as if nothing had been chosen, which would be sent more than was asked for.
      CHECK(store.all().error().code == "corrupt");
      const std::string mended = std::string("UPDATE webhooks SET ") + column + " = '[]'";
      REQUIRE(db->exec(mended.c_str()).ok());
      CHECK(store.all().ok());
    }
}
