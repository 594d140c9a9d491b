// Checkpoints stay below the size of the log, whatever the log is, and a look at the past stays possible.
#include <catch2/catch.hpp>

#include "log/past_view.h"
#include "support/random_log.h"

using namespace choreo;

namespace {

std::int64_t count(const log::Instances& instances, const char* sql) {
  auto opened = log::open_database(instances, "x", 1000).value();
  return opened.db.query_integer(sql, -1).value();
}

void check_sizes(test::LoggedInstance& log, std::int64_t at_least) {
  const std::int64_t log_bytes = count(
      log.instances,
      "SELECT sum(length(CAST(target || context || frame || guid || ts || pretty_id AS BLOB)) + 8) FROM operations");
  const std::int64_t checkpoint_bytes =
      count(log.instances, "SELECT coalesce(sum(length(CAST(id || data AS BLOB)) + 16), 0) FROM checkpoints");
  CHECK(checkpoint_bytes < log_bytes);
  CHECK(count(log.instances, "SELECT count(*) FROM checkpoints") >= at_least);
}

append::Options densest() {
  append::Options options;
  options.snapshot_interval = 1;
  return options;
}

std::string body(const std::string& op, const std::string& target) {
  return "{\"op\":\"" + op + "\",\"target\":" + target + ",\"context\":{\"table\":\"t\"}}";
}

}  // namespace

TEST_CASE("checkpoints of random logs stay below the log") {
  for (const std::uint64_t seed : test::seeds(51, 2)) {
    test::LoggedInstance log(test::random_log(seed, 2000, false), densest());
    check_sizes(log, 100);
  }
}

TEST_CASE("a large entity that changes a little at a time is rarely checkpointed") {
  test::LogEntries entries = {
      {body("INS", R"({"id":"big","text":")" + std::string(100000, 'x') + "\"}"), std::nullopt}};
  for (int i = 0; i < 2000; ++i)
    entries.push_back({body("ALT", R"({"id":"big","n":)" + std::to_string(i) + "}"), std::nullopt});
  test::LoggedInstance log(entries, densest());
  check_sizes(log, 1);
  log::Reader reader = log.reader();
  const auto view = log::PastView::open(reader, {1001, std::nullopt}).value();
  CHECK(view->find("t", "big").value()->data.find("\"n\":999}") != std::string::npos);
}

TEST_CASE("a chain of merges can be looked at from its end") {
  constexpr int kLinks = 3000;
  test::LogEntries entries = {{body("INS", R"({"id":"e0","text":")" + std::string(20000, 'x') + "\"}"), std::nullopt}};
  for (int i = 1; i <= kLinks; ++i) {
    const std::string id = "e" + std::to_string(i);
    entries.push_back({body("INS", "{\"id\":\"" + id + "\"}"), std::nullopt});
    entries.push_back({body("SYN", "{\"merge_into\":\"" + id + "\",\"merge_from\":\"e" + std::to_string(i - 1) + "\"}"),
                       std::nullopt});
  }
  const std::string last = "e" + std::to_string(kLinks);
  entries.push_back({body("ALT", "{\"id\":\"" + last + "\",\"text\":\"\",\"_syn_from\":[]}"), std::nullopt});
  test::LoggedInstance log(entries, {});
  log::Reader reader = log.reader();
  // Before its text was cleared: all of it came through the merges.
  const auto view = log::PastView::open(reader, {1 + 2 * kLinks, std::nullopt}).value();
  const auto state = view->find("t", last).value();
  REQUIRE(state);
  CHECK(state->data.find(std::string(20000, 'x')) != std::string::npos);
  CHECK(state->last_op == 1 + 2 * kLinks);
}
