#include "streamer/history.h"

#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "streamer/limits.h"
#include "streamer_log.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

struct Fixture {
  test::TestLog log;
  History history{log.instances, system_clock(), 2};

  Result<log::Head> head(const std::string& slug) {
    std::promise<Result<log::Head>> promise;
    history.head(slug, [&](Result<log::Head> head) { promise.set_value(std::move(head)); });
    return promise.get_future().get();
  }
  Result<PagePtr> page(const std::string& slug, const std::string& epoch, std::int64_t after,
                       History::Use use = History::Use::send) {
    std::promise<Result<PagePtr>> promise;
    history.page(slug, epoch, after, use, [&](Result<PagePtr> page) { promise.set_value(std::move(page)); });
    return promise.get_future().get();
  }
  Result<std::int64_t> tail(History::Tail tail) {
    std::promise<Result<std::int64_t>> promise;
    history.tail(std::move(tail), owner, [&](Result<std::int64_t> start) { promise.set_value(std::move(start)); });
    return promise.get_future().get();
  }
  std::shared_ptr<int> owner = std::make_shared<int>();
};

Filter only_table(const std::string& table) {
  Filter filter;
  REQUIRE(filter.add("table", table).ok());
  return filter;
}

}  // namespace

TEST_CASE("pages join without gap or overlap and are bounded") {
  Fixture f;
  f.log.create("demo");
  const auto message = f.log.append("demo", 2500);
  const std::string epoch = message.epoch;
  CHECK(f.head("demo")->last_id == 2500);
  std::int64_t at = 0;
  while (true) {
    const auto page = f.page("demo", epoch, at);
    REQUIRE(page.ok());
    if ((*page)->events.empty()) break;
    CHECK((*page)->events.size() <= static_cast<std::size_t>(kPageOperations));
    for (const EventPtr& event : (*page)->events) REQUIRE(event->id() == ++at);
  }
  CHECK(at == 2500);
}

TEST_CASE("an operation reads the same from the log as from a message") {
  Fixture f;
  f.log.create("demo");
  Draft draft = test::TestLog::insertion("tab\xc3\xa9", "x");
  draft.target = R"({"id":"x","n":1.10,"big":12345678901234567890123456789012345678901,"s":"\" \\ \n"})";
  const auto message = f.log.append("demo", {draft});
  const auto page = f.page("demo", message.epoch, 0);
  REQUIRE(page.ok());
  CHECK((*page)->events.at(0)->json() == message.records.at(0));
}

TEST_CASE("a page that was read is at hand without another read") {
  Fixture f;
  f.log.create("demo");
  const std::string epoch = f.log.append("demo", 10).epoch;
  CHECK(f.history.cached("demo", epoch, 0, History::Use::send) == nullptr);
  REQUIRE(f.page("demo", epoch, 0).ok());
  const PagePtr cached = f.history.cached("demo", epoch, 4, History::Use::send);
  REQUIRE(cached);
  CHECK(cached->following(4).front()->id() == 5);
  CHECK(f.history.cached("demo", "another", 4, History::Use::send) == nullptr);
}

TEST_CASE("a deleted instance is unknown, one made anew is another") {
  Fixture f;
  CHECK(f.head("demo").error().kind == ErrorKind::not_found);
  f.log.create("demo");
  const std::string epoch = f.log.append("demo", 3).epoch;
  REQUIRE(f.page("demo", epoch, 2).ok());
  f.log.remove("demo");
  CHECK_FALSE(f.head("demo").ok());
  CHECK_FALSE(f.page("demo", epoch, 1).ok());
  f.log.create("demo");
  const auto head = f.head("demo");
  REQUIRE(head.ok());
  CHECK(head->last_id == 0);
  CHECK(head->epoch != epoch);
  const auto stale = f.page("demo", epoch, 1);
  REQUIRE_FALSE(stale.ok());
  CHECK(stale.error().kind == ErrorKind::gone);
  CHECK(f.page("demo", head->epoch, 0).ok());
}

TEST_CASE("the start of a filtered tail is found however far back it is") {
  Fixture f;
  f.log.create("demo");
  // Operations 1, 501, 1001 … 4501 are in `rare`.
  std::string epoch;
  for (int i = 0; i < 10; ++i) {
    f.log.append("demo", {test::TestLog::insertion("rare", "r")});
    epoch = f.log.append("demo", 499).epoch;
  }
  const auto start = [&](std::int64_t count) {
    const auto found = f.tail({"demo", epoch, 5000, count, only_table("rare")});
    REQUIRE(found.ok());
    return *found;
  };
  CHECK(start(1) == 4500);
  CHECK(start(2) == 4000);
  CHECK(start(9) == 500);
  CHECK(start(10) == 0);
  CHECK(start(11) == 0);
  CHECK(*f.tail({"demo", epoch, 4500, 1, only_table("rare")}) == 4000);
  CHECK(*f.tail({"demo", epoch, 5000, 1, only_table("none")}) == 0);
  CHECK_FALSE(f.tail({"other", epoch, 5000, 1, only_table("rare")}).ok());
}

TEST_CASE("a search nobody waits for any more is given up") {
  Fixture f;
  f.log.create("demo");
  const std::string epoch = f.log.append("demo", 10).epoch;
  bool called = false;
  const History::Tail tail{"demo", epoch, 10, 1, only_table("things")};
  f.history.tail(tail, std::weak_ptr<int>(), [&](Result<std::int64_t>) { called = true; });
  CHECK(*f.tail(tail) == 9);  // taken up after it
  f.history.stop();
  CHECK_FALSE(called);
}

TEST_CASE("faults_a13_scans of any number take one thread, and turns, and hold up no other read") {
  Fixture f;
  f.log.create("demo");
  const std::string epoch = f.log.append("demo", 3000).epoch;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::vector<std::promise<void>> ended(20);
  for (std::promise<void>& each : ended)
    f.history.tail({"demo", epoch, 3000, 1, only_table("none")}, f.owner, [&](Result<std::int64_t> start) {
      CHECK(*start == 0);
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      each.set_value();
    });
  std::promise<std::thread::id> reader;
  f.history.head("demo", [&](const Result<log::Head>&) { reader.set_value(std::this_thread::get_id()); });
  const std::thread::id reading = reader.get_future().get();
  for (std::promise<void>& each : ended) each.get_future().wait();
  CHECK(threads.size() == kScanThreads);
  CHECK_FALSE(threads.contains(reading));
}

TEST_CASE("faults_a13_a filtered stream gets pages that were taken apart, by the thread of scans") {
  Fixture f;
  f.log.create("demo");
  const std::string epoch = f.log.append("demo", 10).epoch;
  REQUIRE(f.page("demo", epoch, 0).ok());
  CHECK(f.history.cached("demo", epoch, 0, History::Use::send) != nullptr);
  CHECK(f.history.cached("demo", epoch, 0, History::Use::filter) == nullptr);
  const auto page = f.page("demo", epoch, 0, History::Use::filter);
  REQUIRE(page.ok());
  CHECK((*page)->scanned);
  CHECK((*page)->events.size() == 10);
  CHECK(f.history.cached("demo", epoch, 4, History::Use::filter) == *page);
  CHECK(f.history.cached("demo", epoch, 4, History::Use::send) == *page);
}

TEST_CASE("stopping drops what waits") {
  Fixture f;
  f.log.create("demo");
  f.history.stop();
  bool called = false;
  f.history.head("demo", [&](Result<log::Head>) { called = true; });
  CHECK_FALSE(called);
}
