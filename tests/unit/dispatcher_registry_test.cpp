// Logs, registrations and what of them is at work: over real files.
#include <catch2/catch.hpp>
#include <filesystem>

#include "control/webhooks.h"
#include "dispatcher/log_source.h"
#include "dispatcher/registry.h"
#include "log/copy.h"
#include "streamer_log.h"
#include "wire/subscriber.h"

using namespace choreo;
using namespace choreo::dispatcher;

namespace {

class Fixture {
 public:
  control::Webhook webhook(const std::string& slug, const std::string& url = "http://a/", bool active = true) {
    control::Webhook given;
    given.instance = slug;
    given.epoch = log.head(slug).epoch;
    given.url = url;
    given.active = active;
    const auto stored = store.put(given, 0);
    REQUIRE(stored.ok());
    return *stored;
  }
  std::vector<EndpointPtr> reload() {
    auto changed = registry.reload();
    REQUIRE(changed.ok());
    CHECK(registry.complete());
    return *changed;
  }
  void remake(const std::string& slug) {
    log.remove(slug);
    log.create(slug);
  }

  test::TestLog log;
  SeededRandom random{9};
  control::Store store{std::move(*control::Store::open(log.instances.control_dir(), system_clock(), random))};
  LogSource source{log.instances};
  wire::Subscriber subscriber{log.instances, log.directory.path(), [](const wire::Message&) {}};
  DeliveryPolicy policy{*Schedule::parse("1")};
  Registry registry{store, source, subscriber, policy, system_clock(), random};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an operation is found in its instance, and nothing beyond the head") {
  log.create("shop");
  log.append("shop", 600);  // more than a page
  const std::string epoch = log.head("shop").epoch;
  for (std::int64_t id : {1, 256, 257, 600, 3}) {
    const auto record = source.find("shop", epoch, id);
    REQUIRE(record.ok());
    REQUIRE(*record);
    CHECK((*record)->id() == id);
    CHECK((*source.find_one("shop", epoch, id))->id() == id);
  }
  CHECK(*source.find("shop", epoch, 601) == nullptr);
  CHECK(*source.find_one("shop", epoch, 601) == nullptr);
  log.append("shop", 1);
  CHECK((*source.find("shop", epoch, 601))->id() == 601);
}

TEST_CASE_METHOD(Fixture, "a deleted instance and its successor are told apart") {
  log.create("shop");
  log.append("shop", 3);
  const std::string epoch = log.head("shop").epoch;
  REQUIRE(source.find_one("shop", epoch, 1).ok());
  remake("shop");
  log.append("shop", 3);
  for (int attempt = 0; attempt < 2; ++attempt) {  // with the old file open, and after it was closed
    const auto record = source.find_one("shop", epoch, 2);
    REQUIRE_FALSE(record.ok());
    CHECK(record.error().kind == ErrorKind::gone);
  }
  source.forget("shop");
  CHECK(source.find_one("shop", log.head("shop").epoch, 2).ok());
  log.remove("shop");
  CHECK(source.head("shop").error().kind == ErrorKind::not_found);
}

TEST_CASE_METHOD(Fixture, "more logs are read than are held open") {
  const int count = static_cast<int>(LogSource::kMaxOpenReaders) + 5;
  for (int n = 0; n < count; ++n) {
    const std::string slug = "shop" + std::to_string(n);
    log.create(slug);
    log.append(slug, 1);
  }
  for (int round = 0; round < 2; ++round)
    for (int n = 0; n < count; ++n) {
      const std::string slug = "shop" + std::to_string(n);
      const auto record = source.find_one(slug, log.head(slug).epoch, 1);
      REQUIRE(record.ok());
      CHECK(*record);
    }
}

TEST_CASE_METHOD(Fixture, "endpoints come and go with their registrations") {
  log.create("shop");
  log.append("shop", 3);
  const auto a = webhook("shop", "http://a/");
  const auto b = webhook("shop", "http://b/");
  CHECK(reload().size() == 2);
  CHECK(registry.endpoints().size() == 2);
  CHECK(registry.followed("shop")->head == 3);
  const EndpointPtr first = registry.endpoints().at(a.id);

  webhook("shop", "http://b/", false);
  CHECK(reload().size() == 1);
  CHECK(registry.endpoints().contains(a.id));
  CHECK(registry.endpoints().at(a.id) == first);  // its state goes on
  webhook("shop", "http://b/", true);
  reload();
  CHECK(registry.endpoints().contains(b.id));

  const EndpointPtr removed = registry.endpoints().at(b.id);
  REQUIRE(store.remove_by_id("shop", b.epoch, b.id).ok());
  REQUIRE(store.remove_by_id("shop", a.epoch, a.id).ok());
  CHECK(reload().empty());
  CHECK(removed->stopped);
  CHECK(registry.followed("shop") == nullptr);
}

TEST_CASE_METHOD(Fixture, "with its instance a registration goes, and its successor's stays") {
  log.create("shop");
  const auto old = webhook("shop", "http://old/");
  reload();
  const EndpointPtr endpoint = registry.endpoints().at(old.id);
  remake("shop");
  const auto fresh = webhook("shop", "http://fresh/");
  REQUIRE(registry.reload().ok());
  CHECK_FALSE(registry.complete());
  reload();
  CHECK(endpoint->stopped);
  CHECK_FALSE(registry.endpoints().contains(old.id));
  CHECK(registry.endpoints().at(fresh.id)->instance->epoch == fresh.epoch);
  REQUIRE(store.all()->size() == 1);
  CHECK(store.all()->front().id == fresh.id);
}

TEST_CASE_METHOD(Fixture, "an instance that may be gone is looked at again") {
  log.create("shop");
  const auto registered = webhook("shop");
  reload();
  registry.distrust("shop");
  CHECK(reload().size() == 1);  // it was there after all
  CHECK_FALSE(registry.endpoints().at(registered.id)->stopped);
  CHECK_FALSE(registry.followed("shop")->distrusted);

  log.remove("shop");
  registry.distrust("shop");
  REQUIRE(registry.reload().ok());
  CHECK(reload().empty());
  CHECK(registry.endpoints().empty());
  CHECK(store.all()->empty());
}

TEST_CASE_METHOD(Fixture, "paused registrations whose instance went meanwhile are removed at the start") {
  log.create("shop");
  log.create("other");
  webhook("shop", "http://a/", false);
  const auto kept = webhook("other", "http://b/", false);
  log.remove("shop");
  CHECK(reload().empty());
  REQUIRE(store.all()->size() == 1);
  CHECK(store.all()->front().id == kept.id);
}

TEST_CASE_METHOD(Fixture, "a webhook beyond the end of its log goes on from there") {
  log.create("shop");
  log.append("shop", 3);
  const control::Webhook added = webhook("shop");
  control::Settlement settlement;
  settlement.webhook_id = added.id;
  settlement.frontier = 9;
  settlement.open = {2, 7};
  settlement.retries = {{3, 1, 5, "late"}, {8, 1, 5, "late"}};
  REQUIRE(store.settle({settlement}).ok());
  const std::vector<EndpointPtr> endpoints = reload();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0]->state.frontier() == 3);
  CHECK(*store.retry_count(added.id) == 1);
  const control::Webhook stored = store.all()->front();
  CHECK(stored.frontier == 3);
  CHECK(stored.open == std::vector<std::int64_t>{2});
}

TEST_CASE_METHOD(Fixture, "faults_b2_webhooks go back to where a log that came back parts from the one they know") {
  log.create("shop");
  log.append("shop", 10);
  const std::filesystem::path file = log.instances.db_path("shop");
  const std::filesystem::path earlier = file.string() + ".earlier";
  REQUIRE(log::copy_database(file, earlier).ok());
  log.append("shop", 10);
  const control::Webhook added = webhook("shop");
  control::Settlement settlement;
  settlement.webhook_id = added.id;
  settlement.frontier = 20;
  settlement.retries = {{3, 1, 5, "late"}, {18, 1, 5, "late"}};
  REQUIRE(store.settle({settlement}).ok());
  const EndpointPtr before = reload().front();
  const std::string epoch = log.head("shop").epoch;
  REQUIRE(source.find("shop", epoch, 1).ok());
  const std::string lost = (*source.find("shop", epoch, 15))->operation().guid;

  for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(file.string() + tail);
  std::filesystem::rename(earlier, file);
  log.append("shop", 15);  // by now its head is beyond the one before
  registry.distrust("shop");
  const std::vector<EndpointPtr> endpoints = reload();
  REQUIRE(endpoints.size() == 1);
  CHECK(before->stopped);
  CHECK(endpoints[0]->state.frontier() == 10);
  CHECK(registry.followed("shop")->head == 25);
  CHECK(*store.retry_count(added.id) == 1);
  const RecordPtr now = *source.find("shop", epoch, 15);
  CHECK(now->operation().guid != lost);
  const auto id_of = [&](const EndpointPtr& endpoint) {
    const std::string lines = endpoint->request(*now, 0)->headers.back();
    return lines.substr(lines.find("webhook-id: "), 48);
  };
  CHECK(id_of(endpoints[0]) != id_of(before));

  registry.distrust("shop");  // and nothing has happened since
  CHECK(reload().front() == endpoints[0]);
  CHECK_FALSE(endpoints[0]->stopped);
}
