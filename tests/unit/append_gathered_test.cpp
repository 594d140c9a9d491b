// What an operation costs does not grow with what its entity has gathered, with large entities beside it, or with the
// number of tables; and what is kept apart for that is shown whole, now and in the past.
#include <sqlite3.h>
#include <sys/resource.h>
#include <catch2/catch.hpp>

#include "eoql/parser.h"
#include "json/object.h"
#include "log/live_view.h"
#include "log/past_view.h"
#include "projection/memory_store.h"
#include "projection/projector.h"
#include "query/result.h"
#include "support/derived_dump.h"
#include "support/random_log.h"

using namespace choreo;

namespace {

test::LogEntry entry(const std::string& op, const std::string& target, const std::string& table = "t") {
  return {"{\"op\":\"" + op + "\",\"target\":" + target + ",\"context\":{\"table\":\"" + table + "\"}}", std::nullopt};
}

std::string number(int n) {
  std::string text = std::to_string(n);
  return std::string(6 - text.size(), '0') + text;
}

// In transactions of that many.
void append_all(test::LoggedInstance& log, const test::LogEntries& entries, std::size_t together) {
  for (std::size_t at = 0; at < entries.size();) {
    const std::size_t end = std::min(entries.size(), at + together);
    const auto next = [&]() -> Result<std::optional<Draft>> {
      if (at == end) return std::optional<Draft>();
      return std::optional(parse_operation(entries[at++].body).value());
    };
    REQUIRE(log.appender.seed("x", next, "").ok());
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Work>
double cpu_of(Work work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

// Instructions of SQLite's machine, on connections that are opened while one of these lives.
class Steps {
 public:
  Steps() {
    count_ = 0;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(trace));
  }
  ~Steps() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(trace)); }
  template <class Work>
  std::int64_t of(Work work) {
    const std::int64_t before = count_;
    work();
    return count_ - before;
  }

 private:
  static int add(unsigned, void*, void* statement, void*) {
    count_ += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1);
    return 0;
  }
  static int trace(sqlite3* db, const char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, add, nullptr);
  }
  static inline std::int64_t count_ = 0;
};

std::string ask(test::LoggedInstance& log, const std::string& text) {
  log::Reader reader = log.reader();
  const auto answer = query::run(eoql::parse(text).value(), {}, reader);
  if (!answer.ok()) FAIL(answer.error().message);
  return *answer;
}

// Every operation's effect by replaying the log in memory, where nothing is kept apart.
void check_every_moment(test::LoggedInstance& log, const std::string& table, const std::vector<std::string>& ids) {
  projection::MemoryStore replayed;
  log::Reader reader = log.reader();
  for (const Operation& operation : log.operations()) {
    REQUIRE(projection::apply(operation, replayed).ok());
    const auto view = log::PastView::open(reader, {operation.id, std::nullopt}).value();
    for (const std::string& id : ids) {
      INFO(id << " after operation " << operation.id);
      const auto expected = replayed.find(table, id).value(), found = view->find(table, id).value();
      REQUIRE(found.has_value() == expected.has_value());
      if (found) REQUIRE(found->data == expected->data);
    }
  }
  for (const std::string& id : ids)
    CHECK(reader.entity(table, id).value().value().data == replayed.find(table, id).value().value().data);
}

}  // namespace

TEST_CASE("faults_a7_ten thousand SEGs on one entity cost no more than on as many") {
  constexpr int kSegments = 10000;
  const auto segments = [](bool one) {
    test::LogEntries entries;
    for (int i = 0; i < kSegments; ++i)
      entries.push_back(entry("SEG", "{\"id\":\"e" + number(one ? 7 : i) + "\",\"boundary\":\"" +
                                         std::string(200, 'b') + number(i) + "\"}"));
    return entries;
  };
  test::LogEntries made;
  for (int i = 0; i < kSegments; ++i) made.push_back(entry("INS", "{\"id\":\"e" + number(i) + "\"}"));
  test::LoggedInstance one(made, {}), many(made, {});
  const double on_one = cpu_of([&] { append_all(one, segments(true), 100); });
  const double on_many = cpu_of([&] { append_all(many, segments(false), 100); });
  INFO(on_one << " and " << on_many << " seconds of processor time");
  CHECK(on_one < 1.5 * on_many);
  const std::string data = one.reader().entity("t", "e000007").value().value().data;
  const json::Elements elements(json::find(data, "_seg").value());
  CHECK(std::distance(elements.begin(), elements.end()) == kSegments);
}

TEST_CASE("faults_a7_two thousand merges into one entity cost no more than into as many") {
  constexpr int kMerges = 2000;
  test::LogEntries made, one, many;
  for (int i = 0; i < kMerges; ++i) {
    const std::string id = "\"e" + number(i) + "\"", other = "\"o" + number(i) + "\"";
    made.push_back(entry("INS", "{\"id\":" + id + "}"));
    made.push_back(entry("INS", "{\"id\":" + other + "}"));
    one.push_back(entry("SYN", "{\"merge_into\":\"e000000\",\"merge_from\":" + other + "}"));
    many.push_back(entry("SYN", "{\"merge_into\":" + id + ",\"merge_from\":" + other + "}"));
  }
  test::LoggedInstance into_one(made, {}), into_many(made, {});
  const double on_one = cpu_of([&] { append_all(into_one, one, 100); });
  const double on_many = cpu_of([&] { append_all(into_many, many, 100); });
  INFO(on_one << " and " << on_many << " seconds of processor time");
  CHECK(on_one < 1.5 * on_many);
}

TEST_CASE("faults_a7_lists that are kept in parts are whole at every moment") {
  test::LogEntries entries = {entry("INS", R"({"id":"a","n":1})"), entry("INS", R"({"id":"b"})"),
                              entry("INS", R"({"id":"c"})")};
  const auto segments = [&](const std::string& id, int count) {
    for (int i = 0; i < count; ++i)
      entries.push_back(
          entry("SEG", "{\"id\":\"" + id + "\",\"boundary\":\"" + std::string(60, 'b') + number(i) + "\"}"));
  };
  segments("a", 30);
  // b takes the list over, and both go on by themselves.
  entries.push_back(entry("SYN", R"({"merge_into":"b","merge_from":"a"})"));
  segments("b", 12);
  segments("a", 12);
  for (int i = 0; i < 60; ++i) {
    const std::string id = "a part of it that has a name " + number(i);
    entries.push_back(entry("INS", "{\"id\":\"" + id + "\"}"));
    entries.push_back(entry("SYN", "{\"merge_into\":\"c\",\"merge_from\":\"" + id + "\"}"));
  }
  entries.push_back(entry("SYN", R"({"merge_into":"b","merge_from":"c"})"));
  segments("c", 12);
  // What is longer than a part is one.
  entries.push_back(entry("SEG", R"({"id":"c","boundary":")" + std::string(5000, 'l') + "\"}"));
  segments("c", 3);
  segments("c", 12);
  append::Options densest;
  densest.snapshot_interval = GENERATE(1, 1000);
  test::LoggedInstance log(entries, densest);
  check_every_moment(log, "t", {"a", "b", "c"});
  const std::string before = test::dump_derived(log.instances, "x");
  REQUIRE(log.appender.rebuild("x").ok());
  CHECK(test::dump_derived(log.instances, "x") == before);
}

TEST_CASE("a chain of merges is replayed once for each of them") {
  constexpr int kLinks = 40;  // were each looked up twice, this would take years
  test::LogEntries entries = {entry("INS", R"({"id":"e0","text":")" + std::string(20000, 'x') + "\"}")};
  for (int i = 1; i <= kLinks; ++i) {
    entries.push_back(entry("INS", "{\"id\":\"e" + std::to_string(i) + "\"}"));
    entries.push_back(entry(
        "SYN", "{\"merge_into\":\"e" + std::to_string(i) + "\",\"merge_from\":\"e" + std::to_string(i - 1) + "\"}"));
  }
  entries.push_back(entry("ALT", "{\"id\":\"e" + std::to_string(kLinks) + "\",\"text\":\"\"}"));
  test::LoggedInstance log(entries, {});
  log::Reader reader = log.reader();
  const auto view = log::PastView::open(reader, {1 + 2 * kLinks, std::nullopt}).value();
  CHECK(view->find("t", "e" + std::to_string(kLinks)).value()->data.find("xxx") != std::string::npos);
}

TEST_CASE("faults_a8_a chain does not read a large entity that it does not reach") {
  constexpr int kIds = 500;
  const auto made = [](bool large) {
    test::LogEntries entries = {entry(
        "INS",
        R"({"id":"m)" + std::string(large ? R"(","text":")" : "") + std::string(large ? 15u << 20 : 0, 'x') + "\"}",
        "big")};
    for (int i = 0; i < kIds; ++i) {
      entries.push_back(entry("INS", "{\"id\":\"n" + number(i) + "\"}"));
      entries.push_back(entry("CON", R"({"source":"n000000","target":"n)" + number(i) + "\"}"));
    }
    return entries;
  };
  test::LoggedInstance large(made(true), {}), small(made(false), {});
  const std::string query = "state(context.table=t, target.id=n000000) >> CON(hops=1)";
  const auto ask_often = [&](test::LoggedInstance& log) {
    return cpu_of([&] {
      for (int i = 0; i < 5; ++i) CHECK(ask(log, query).find("\"reached_count\":499") != std::string::npos);
    });
  };
  const double beside_small = ask_often(small), beside_large = ask_often(large);
  INFO(beside_large << " and " << beside_small << " seconds of processor time");
  CHECK(beside_large < 3 * beside_small + 0.05);
}

TEST_CASE("faults_a8_long texts are kept apart from keys, and shown and replayed as others") {
  test::LogEntries entries = {entry("INS", R"({"id":"a","text":")" + std::string(5000, 'x') + "\"}")};
  for (const int size : {10, 5000, 899, 900, 901, 3, 2000, 2000, 1})
    for (int i = 0; i < 12; ++i)
      entries.push_back(entry("ALT", R"({"id":"a","text":")" + std::string(static_cast<std::size_t>(size), 'y') +
                                         "\",\"n\":" + std::to_string(i) + "}"));
  append::Options densest;
  densest.snapshot_interval = 1;
  test::LoggedInstance log(entries, densest);
  check_every_moment(log, "t", {"a"});
  const std::string before = test::dump_derived(log.instances, "x");
  REQUIRE(log.appender.rebuild("x").ok());
  CHECK(test::dump_derived(log.instances, "x") == before);
  auto opened = log::open_database(log.instances, "x", 1000).value();
  for (const char* table : {"entities", "checkpoints"}) {
    const std::string sql = "SELECT count(*) FROM " + std::string(table) + " WHERE length(id) + length(data) > 900";
    CHECK(opened.db.query_integer(sql.c_str(), -1).value() == 0);
  }
  // Each text belongs to one row.
  CHECK(opened.db
            .query_integer("SELECT (SELECT count(*) FROM bodies) = (SELECT count(*) FROM entities WHERE body != 0) + "
                           "(SELECT count(*) FROM checkpoints WHERE body != 0)",
                           -1)
            .value() == 1);
}

TEST_CASE("faults_a9_appends and queries beside sixteen thousand tables cost what they cost beside few") {
  const auto steps = [](int tables) {
    test::LogEntries entries;
    for (int i = 0; i < tables; ++i) entries.push_back(entry("INS", R"({"id":"in all"})", "table" + number(i)));
    entries.push_back(entry("INS", R"({"id":"a"})", "table000030"));
    entries.push_back(entry("INS", R"({"id":"b"})", "table000001"));
    test::LoggedInstance log(entries, {});
    const Steps count;
    // A connection of its own, which is counted.
    append::Appender appender(log.instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
    const auto post = [&](const test::LogEntry& posted) {
      append::Request request;
      request.draft = parse_operation(posted.body).value();
      REQUIRE(appender.append("x", std::move(request)).ok());
    };
    post(entry("ALT", R"({"id":"a","n":0})", "table000030"));
    std::vector<std::int64_t> out;
    Steps counter;
    out.push_back(counter.of([&] { post(entry("ALT", R"({"id":"a","n":1})", "table000030")); }));
    out.push_back(counter.of([&] { post(entry("CON", R"({"source":"a","target":"b"})")); }));
    out.push_back(counter.of([&] { post(entry("CON", R"({"source":"a","target":"in all"})")); }));
    out.push_back(counter.of([&] { post(entry("CON", R"({"source":"a","target":"nowhere"})")); }));
    out.push_back(counter.of([&] { post(entry("INS", R"({"id":"c"})", "a new table")); }));
    out.push_back(counter.of([&] {
      const std::string answer = ask(log, "state(context.table=table000030, target.id=a) >> CON(hops=1)");
      CHECK(answer.find(R"({"id":"in all","table":"table000000")") != std::string::npos);
    }));
    out.push_back(counter.of([&] { CHECK(ask(log, "state(target.id=a)").find("\"count\":1") != std::string::npos); }));
    out.push_back(counter.of([&] { (void)ask(log, "state(target.id=a, at_op=40)"); }));
    return out;
  };
  const std::vector<std::int64_t> few = steps(40), many = steps(16000);
  REQUIRE(few.size() == many.size());
  for (std::size_t i = 0; i < few.size(); ++i) {
    INFO("measurement " << i << ": " << many[i] << " and " << few[i] << " steps");
    CHECK(few[i] > 20);
    CHECK(static_cast<double>(many[i]) <= 1.1 * static_cast<double>(few[i]));
  }
}

TEST_CASE("faults_a9_the alphabetically first table that has an id alive is found wherever it is") {
  // z00 … z39 first, so that the first in the alphabet are near ones and the last ones far, then the other way round.
  const bool ascending = GENERATE(true, false);
  test::LogEntries entries;
  std::vector<std::string> tables;
  for (int i = 0; i < 40; ++i) tables.push_back("z" + number(ascending ? i : 39 - i));
  for (const std::string& table : tables) entries.push_back(entry("INS", R"({"id":"a"})", table));
  entries.push_back(entry("INS", R"({"id":"b"})", tables.back()));
  std::sort(tables.begin(), tables.end());
  for (const std::string& table : tables) {
    entries.push_back(entry("NUL", R"({"id":"a"})", table));
    entries.push_back(entry("CON", R"({"source":"a","target":"b"})"));
  }
  entries.push_back(entry("INS", R"({"id":"a"})", tables[33]));
  entries.push_back(entry("CON", R"({"source":"a","target":"b"})"));
  test::LoggedInstance log(entries, {});
  projection::MemoryStore replayed;
  for (const Operation& operation : log.operations()) REQUIRE(projection::apply(operation, replayed).ok());
  log::Reader reader = log.reader();
  const auto live = log::LiveView::open(reader).value();
  for (const std::string& table : tables)
    CHECK(live->find(table, "a").value().value().data == replayed.find(table, "a").value().value().data);
  CHECK(live->find_alive("a").value().value().table == tables[33]);
  CHECK(live->tables_of("a").value() == tables);
}
