// The broker's reads of real logs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "broker/log_source.h"
#include "unit/wire_log_fixture.h"

using namespace choreo;

TEST_CASE("Heads and pages of a log are those of its operations") {
  const test::Logs logs;
  logs.create("demo");
  const wire::Message appended = logs.append("demo", 5);
  broker::Logs source(logs.instances());
  const auto head = source.head("demo");
  REQUIRE(head.ok());
  CHECK(head->epoch == appended.epoch);
  CHECK(head->last_id == 5);
  const auto page = source.page("demo", appended.epoch, 1, 4);
  REQUIRE(page.ok());
  CHECK(*page == std::vector<std::string>(appended.records.begin() + 1, appended.records.begin() + 4));
  const auto past = source.page("demo", appended.epoch, 5, 9);
  REQUIRE(past.ok());
  CHECK(past->empty());
}

TEST_CASE("Pages are bounded, and together they are the log") {
  const test::Logs logs;
  logs.create("demo");
  std::vector<std::string> whole;
  std::string epoch;
  SECTION("by operations") {
    const wire::Message appended = logs.append("demo", 2500);
    whole = appended.records, epoch = appended.epoch;
  }
  SECTION("by bytes") {
    const wire::Message appended = logs.append("demo", 8, 300000);
    whole = appended.records, epoch = appended.epoch;
  }
  broker::Logs source(logs.instances());
  std::vector<std::string> read;
  int pages = 0;
  while (read.size() < whole.size()) {
    const auto page =
        source.page("demo", epoch, static_cast<std::int64_t>(read.size()), static_cast<std::int64_t>(whole.size()));
    REQUIRE(page.ok());
    REQUIRE_FALSE(page->empty());
    read.insert(read.end(), page->begin(), page->end());
    ++pages;
  }
  CHECK(read == whole);
  CHECK(pages > 2);
}

TEST_CASE("An operation larger than a message is a page of its own") {
  const test::Logs logs;
  logs.create("demo");
  const wire::Message appended = logs.append("demo", 2, 3 * wire::kMaxRecordBytes);
  broker::Logs source(logs.instances());
  const auto page = source.page("demo", appended.epoch, 0, 2);
  REQUIRE(page.ok());
  CHECK(page->size() == 1);
}

TEST_CASE("What is deleted or made anew is gone, and the new one is read") {
  const test::Logs logs;
  logs.create("demo");
  const wire::Message old = logs.append("demo", 3);
  broker::Logs source(logs.instances());
  REQUIRE(source.page("demo", old.epoch, 0, 3).ok());
  logs.remove("demo");
  CHECK(source.head("demo").error().kind == ErrorKind::not_found);
  logs.create("demo");
  const wire::Message fresh = logs.append("demo", 1);
  const auto stale = source.page("demo", old.epoch, 0, 3);
  REQUIRE_FALSE(stale.ok());
  CHECK(stale.error().kind == ErrorKind::gone);
  const auto page = source.page("demo", fresh.epoch, 0, 1);
  REQUIRE(page.ok());
  CHECK(*page == fresh.records);
}

TEST_CASE("A file that is no log is an error, and can be read once it is replaced") {
  const test::Logs logs;
  std::ofstream(logs.path("demo")) << std::string(4096, 'x');
  broker::Logs source(logs.instances());
  const auto head = source.head("demo");
  REQUIRE_FALSE(head.ok());
  CHECK(head.error().kind == ErrorKind::unavailable);
  std::filesystem::remove(logs.path("demo"));
  logs.create("demo");
  CHECK(source.head("demo").ok());
}

TEST_CASE("Only so many logs are kept open") {
  const test::Logs logs;
  const auto descriptors = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  broker::Logs source(logs.instances());
  const auto before = descriptors();
  for (int i = 0; i < 40; ++i) {
    const std::string slug = "demo" + std::to_string(i);
    logs.create(slug);
    REQUIRE(source.head(slug).ok());
  }
  CHECK(descriptors() - before <= 32 * 3);
  CHECK(source.head("demo0").ok());
  for (int i = 0; i < 40; ++i) source.close("demo" + std::to_string(i));
  CHECK(descriptors() <= before);
}
