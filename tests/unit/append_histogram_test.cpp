// The histogram is a count over the log, and reads no more of it than the zones across its edges.
#include <catch2/catch.hpp>

#include "base/timestamp.h"
#include "log/histogram.h"
#include "support/random_log.h"

using namespace choreo;
using log::Histogram;
using log::HistogramRange;

namespace {

constexpr std::int64_t kStart = 1700000000000;

std::string text_of(const Histogram& found) {
  std::string out = std::to_string(found.from_ms) + " " + std::to_string(found.bucket_ms) + ":";
  for (const Histogram::Bucket& bucket : found.buckets)
    out += " " + std::to_string(bucket.operations) + "/" + std::to_string(bucket.last_id);
  return out;
}

// The same by looking at every operation.
Histogram counted(const std::vector<Operation>& operations, const HistogramRange& range) {
  std::int64_t earliest = INT64_MAX, latest = INT64_MIN;
  for (const Operation& operation : operations) {
    const auto ms = parse_timestamp(operation.ts);
    if (!ms.ok()) continue;
    earliest = std::min(earliest, *ms);
    latest = std::max(latest, *ms);
  }
  Histogram found;
  found.from_ms = range.from_ms.value_or(std::min(earliest, range.to_ms.value_or(INT64_MAX) - 1));
  const std::int64_t to = range.to_ms.value_or(std::max(latest, found.from_ms) + 1);
  found.bucket_ms = (to - found.from_ms + range.buckets - 1) / range.buckets;
  found.buckets.resize(static_cast<std::size_t>(range.buckets));
  for (const Operation& operation : operations) {
    const auto ms = parse_timestamp(operation.ts);
    if (!ms.ok() || *ms < found.from_ms || *ms >= to) continue;
    Histogram::Bucket& bucket = found.buckets[static_cast<std::size_t>((*ms - found.from_ms) / found.bucket_ms)];
    ++bucket.operations;
    bucket.last_id = std::max(bucket.last_id, operation.id);
  }
  return found;
}

HistogramRange random_range(SeededRandom& random, std::int64_t length) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random.next_u64() % static_cast<std::uint64_t>(n));
  };
  HistogramRange range;
  range.buckets = 1 + below(40);
  if (below(3) > 0) range.from_ms = kStart - length / 4 + below(length * 3 / 2);
  if (below(3) > 0) range.to_ms = range.from_ms.value_or(kStart) + 1 + below(length);
  return range;
}

}  // namespace

TEST_CASE("a histogram is what counting the log gives, whatever its times") {
  const std::uint64_t seed = GENERATE(from_range(test::seeds(700, 8)));
  CAPTURE(seed);
  SeededRandom random(seed);
  test::LogEntries entries = test::random_log(seed, 1200, true);
  // Half of the seeds: long runs of an earlier past, a few of them backwards.
  if (seed % 2)
    for (std::size_t i = 300; i < 800; ++i)
      entries[i].ts_ms = kStart - 500 + static_cast<std::int64_t>(i % 7 ? i : 1100 - i);
  test::LoggedInstance log(entries, {});
  const std::vector<Operation> operations = log.operations();
  log::Reader reader = log.reader();
  for (int i = 0; i < 60; ++i) {
    const HistogramRange range = random_range(random, 2000);
    const auto found = log::histogram(reader, range);
    if (!found.ok()) FAIL(found.error().message);
    CHECK(text_of(*found) == text_of(counted(operations, range)));
    CHECK(found->head == operations.back().id);
  }
}

TEST_CASE("a histogram reads the zones across its edges and no others") {
  constexpr int kOperations = 30000, kZones = kOperations / 256 + 1;
  test::LogEntries entries;
  for (int i = 0; i < kOperations; ++i)
    entries.push_back({R"({"op":"INS","target":{"id":"e)" + std::to_string(i) + R"("}})", kStart + i * 1000});
  // An earlier past, in order: as long as the rest, and as cheap.
  for (int i = 0; i < kOperations; ++i)
    entries.push_back({R"({"op":"INS","target":{"id":"f)" + std::to_string(i) + R"("}})", kStart + i * 1000 - 500});
  test::LoggedInstance log(entries, {});
  log::Reader reader = log.reader();
  const Histogram all = log::histogram(reader, {std::nullopt, std::nullopt, 10}).value();
  for (const Histogram::Bucket& bucket : all.buckets) CHECK(std::abs(bucket.operations - 2 * kOperations / 10) <= 2);
  CHECK(all.zones_read <= 2 * (10 + 1) + 2);
  CHECK(2 * kZones > 200);
  const Histogram part = log::histogram(reader, {kStart, kStart + 1000000, 4}).value();
  CHECK(part.zones_read <= 2 * (4 + 1) + 1);
}

TEST_CASE("a log without times has no histogram, and an empty one of a given span") {
  test::LoggedInstance log({}, {});
  log::Reader reader = log.reader();
  CHECK(log::histogram(reader, {std::nullopt, std::nullopt, 10}).value().buckets.empty());
  CHECK(log::histogram(reader, {std::nullopt, kStart, 10}).value().buckets.empty());
  const Histogram found = log::histogram(reader, {kStart, kStart + 25, 10}).value();
  CHECK(text_of(found) == "1700000000000 3: 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0 0/0");
}

TEST_CASE("operations of the earlier system count by their time, where it can be read") {
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  {
    auto db = sqlite::Database::open(instances.db_path("x"), sqlite::OpenMode::read_write_create, 1000).value();
    REQUIRE(db.exec("CREATE TABLE operations(id INTEGER PRIMARY KEY AUTOINCREMENT, ts TEXT NOT NULL, op TEXT NOT NULL, "
                    "target TEXT NOT NULL, context TEXT NOT NULL, frame TEXT NOT NULL)")
                .ok());
    // Ids with gaps, times in other forms, some that are none.
    REQUIRE(db.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
                    "INSERT INTO operations SELECT i, CASE WHEN i % 400 = 1 THEN 'yesterday' ELSE "
                    "strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + i, 'unixepoch') || '+00:00' END, 'INS', "
                    "'{\"id\":\"e' || i || '\"}', '{\"table\":\"t\"}', '{}' FROM n WHERE i % 5 <> 0")
                .ok());
  }
  log::Reader reader = log::Reader::open(instances, "x").value();
  const auto operations = reader.page(0, 1 << 20, std::size_t{1} << 40).value();
  REQUIRE(operations.size() == 1200);
  for (const std::int64_t buckets : {1, 3, 7, 100}) {
    const HistogramRange range{std::nullopt, std::nullopt, buckets};
    CHECK(text_of(log::histogram(reader, range).value()) == text_of(counted(operations, range)));
  }
}
