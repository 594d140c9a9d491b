// An older file is brought up to date in steps: after each of them it is as right as at the end, and appends go on in
// between. Golden files: tests/golden/schema.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "append/appender.h"
#include "log/copy.h"
#include "log/live_view.h"
#include "log/past_view.h"
#include "log/schema.h"
#include "log/upgrade.h"
#include "log/verify.h"
#include "log/writer.h"
#include "operation/wire_forms.h"
#include "projection/memory_store.h"
#include "projection/projector.h"
#include "support/derived_dump.h"
#include "support/source_dir.h"
#include "support/temporary_directory.h"

using namespace choreo;
namespace fs = std::filesystem;

namespace {

sqlite::Database golden(const log::Instances& instances, const std::string& name) {
  const fs::path file = test::source_dir() / "tests" / "golden" / name;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  REQUIRE(text.str().size() > 100);
  auto db = sqlite::Database::open(instances.db_path("x"), sqlite::OpenMode::read_write_create, 1000).value();
  REQUIRE(db.exec(text.str().c_str()).ok());
  REQUIRE(db.exec("PRAGMA journal_mode=WAL").ok());
  return db;
}

// One row, whatever the time is.
log::Phase smallest_step(sqlite::Database& db) {
  auto transaction = sqlite::Transaction::begin(db, true).value();
  log::Hold hold(0);
  const auto phase = log::upgrade_step(db, hold);
  if (!phase.ok()) FAIL(phase.error().message);
  REQUIRE(transaction.commit().ok());
  return *phase;
}

void check_shown(log::Reader& reader, projection::MemoryStore& replayed) {
  const auto live = log::LiveView::open(reader).value();
  for (const std::string table : {"t100", "t90", "t81", "t95"})
    for (const std::string id : {"shared", "long", "cut", "s3", "part of the whole 7"}) {
      INFO(table << "." << id);
      const auto expected = replayed.find(table, id).value(), found = live->find(table, id).value();
      REQUIRE(found.has_value() == expected.has_value());
      if (!found) continue;
      REQUIRE(found->data == expected->data);
      REQUIRE(found->alive == expected->alive);
      REQUIRE(replayed.tables_of(id).value().size() <= live->tables_of(id).value().size());
      const auto alive = live->find_alive(id).value();
      REQUIRE(replayed.first_table_alive(id).value().value_or("") == (alive ? alive->table : ""));
    }
}

Operation post(append::Appender& appender, const std::string& body) {
  append::Request request;
  request.draft = parse_operation(body).value();
  return appender.append("x", std::move(request)).value().operation;
}

}  // namespace

TEST_CASE("faults_a7_a8_a9_a file of version 2 serves while it is brought up to date, a row at a time") {
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  auto db = golden(instances, "schema/version-2-gathered.sql");
  REQUIRE(log::migrate(db).ok());
  projection::MemoryStore replayed;
  std::int64_t applied = 0;
  int steps = 0;
  while (smallest_step(db) != log::Phase::done) {
    // In a copy, because what opens it does larger steps.
    if (++steps % 7 != 0) continue;
    test::TemporaryDirectory copied;
    const auto copies = log::Instances::open(copied.path()).value();
    REQUIRE(log::copy_database(instances.db_path("x"), copies.db_path("x")).ok());
    log::Reader reader = log::Reader::open(copies, "x").value();
    const std::vector<Operation> operations = reader.page(applied, 10000, 1 << 30).value();
    for (const Operation& operation : operations) {
      REQUIRE(projection::apply(operation, replayed).ok());
      applied = operation.id;
    }
    check_shown(reader, replayed);
    append::Appender appender(copies, system_clock(), system_random(), {}, [](const append::Committed&) {});
    post(appender, R"({"op":"SEG","target":{"id":"cut","boundary":"more"},"context":{"table":"t100"}})");
    post(appender, R"({"op":"NUL","target":{"id":"shared"},"context":{"table":"t81"}})");
    const Operation last = post(appender, R"({"op":"CON","target":{"source":"shared","target":"cut"}})");
    CHECK(log::open_database(copies, "x", 1000)->db.query_integer("SELECT upgrading FROM state", -1).value() == 0);
    log::Reader after = log::Reader::open(copies, "x").value();
    projection::MemoryStore again;
    const std::vector<Operation> all = after.page(0, 10000, 1 << 30).value();
    for (const Operation& operation : all) REQUIRE(projection::apply(operation, again).ok());
    check_shown(after, again);
    CHECK(after.head().value().last_id == last.id);
  }
  CHECK(steps > 50);
  CHECK(db.query_integer("SELECT count(*) FROM entities WHERE length(data) > 900", -1).value() == 0);
  CHECK(db.query_integer("SELECT count(*) FROM checkpoints WHERE length(data) > 900", -1).value() == 0);
  CHECK(db.query_integer("SELECT count(*) FROM idempotency WHERE length(extra) > 900", -1).value() == 0);
  CHECK(db.query_integer("SELECT count(*) FROM upgrade", -1).value() == 0);
  const std::string copy = dir.path() + "/copy.db";
  REQUIRE(log::copy_database(instances.db_path("x"), copy).ok());
  CHECK(log::verify_copy(copy, copy + ".scratch").value().wrong == std::vector<std::string>());
}

TEST_CASE("faults_a8_long first answers are given again after they left the rows of their keys") {
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  std::string rows;
  for (int i = 0; i < 12; ++i) rows += std::string(rows.empty() ? "" : ",") + "{\"id\":\"s" + std::to_string(i) + "\"}";
  for (int i = 0; i < 400; ++i) rows += ",{\"a\":1}";
  append::Request once;
  once.draft = parse_operation("{\"op\":\"REC\",\"target\":{\"rows\":[" + rows +
                               "]},\"context\":{\"type\":\"snapshot_ingest\",\"table\":\"t95\"}}")
                   .value();
  once.idempotency_key = "once";
  if (GENERATE(true, false)) (void)golden(instances, "schema/version-2-gathered.sql");
  if (!fs::exists(instances.db_path("x"))) REQUIRE(instances.create("x").ok());
  append::Appender appender(instances, system_clock(), system_random(), {}, [](const append::Committed&) {});
  REQUIRE(appender.append("x", once).ok());
  const append::Answer again = appender.append("x", once).value();
  CHECK(again.duplicate);
  REQUIRE(again.extra_members.size() == 1);
  CHECK(again.extra_members[0].starts_with("\"skipped\":[12,13,"));
  CHECK(again.extra_members[0].ends_with(",411]"));
  CHECK(again.generated_count == 12);
  auto opened = log::open_database(instances, "x", 1000).value();
  CHECK(opened.db.query_integer("SELECT max(length(extra)) FROM idempotency", -1).value() == 0);
}

TEST_CASE(
    "faults_a7_a8_a9_an upgrade that replays the log ends each request within its bound, and goes on with the next") {
  const std::string file = GENERATE("schema/version-1.sql", "earlier/odd.sql", "earlier/oldest.sql");
  CAPTURE(file);
  test::TemporaryDirectory dir, at_once_dir;
  const auto instances = log::Instances::open(dir.path()).value();
  const auto at_once = log::Instances::open(at_once_dir.path()).value();
  (void)golden(at_once, file);
  const std::string expected = test::dump_derived(at_once, "x");
  int refusals = 0;
  {
    auto db = golden(instances, file);
    REQUIRE(log::migrate(db).ok());
    while (true) {
      const Status status = log::upgrade_until(db, "x", 0, 0);
      if (status.ok()) break;
      REQUIRE(status.error().code == "upgrading");
      REQUIRE(status.error().message.find("operation " + std::to_string(0)) == std::string::npos);
      REQUIRE(++refusals < 1000);
    }
  }
  CHECK(refusals > 1);
  CHECK(test::dump_derived(instances, "x") == expected);
}

namespace {

// What a build of version 2 appended and made of it: an operation on a row of the golden file.
struct Otherwise {
  const char* op;
  const char* target;
  const char* changed;  // how the row became
};

sqlite::Database golden_with(const log::Instances& instances, const Otherwise& otherwise) {
  auto db = golden(instances, "schema/version-2.sql");
  const std::string sql =
      "INSERT INTO operations SELECT head + 1, 'OP-53', '01a1fc85-1073-7187-9829-9d0000000035', "
      "last_ts, '" +
      std::string(otherwise.op) + "', '" + otherwise.target +
      "', '{\"table\":\"places\"}', '{}' FROM state;"
      "UPDATE entities SET last_op = 53, since_ops = since_ops + 1, " +
      otherwise.changed +
      " WHERE id = 'late'; UPDATE tables SET last_op = 53 WHERE name = 'places';"
      "INSERT INTO mentions SELECT 'late', 53, tid, 2 FROM tables WHERE name = 'places';"
      "UPDATE state SET head = 53, operations = 53;"
      // Behind it is one that means what it meant.
      "INSERT INTO operations SELECT head + 1, 'OP-54', '01a1fc85-1073-7187-9829-9d0000000036', "
      "last_ts, 'INS', '{\"id\":\"after\"}', '{\"table\":\"t\"}', '{}' FROM state;"
      "UPDATE state SET head = 54, operations = 54";
  REQUIRE(db.exec(sql.c_str()).ok());
  return db;
}

}  // namespace

TEST_CASE(
    "faults_b11_b12_c7_a file of version 2 with operations that meant something else ends as a rebuild leaves it") {
  const Otherwise otherwise = GENERATE(Otherwise{"INS", R"({"id":"late","table":"12","x":1})",
                                                 R"(data = '{"n":1.10,"table":"12","x":1,"_ops":{"INS":2}}')"},
                                       Otherwise{"NUL", R"({"id":"late","field":"_ops"})", R"(data = '{"n":1.10}')"},
                                       Otherwise{"SYN", R"({"merge_into":"late","merge_from":"late"})", "alive = 0"});
  CAPTURE(otherwise.target);
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  int refusals = 0;
  {
    auto db = golden_with(instances, otherwise);
    REQUIRE(log::migrate(db).ok());
    while (true) {
      const Status status = log::upgrade_until(db, "x", 0, 0);
      if (status.ok()) break;
      REQUIRE(status.error().code == "upgrading");
      REQUIRE(++refusals < 1000);
    }
    CHECK(db.query_integer("SELECT operations FROM state", 0).value() == 54);
  }
  CHECK(refusals > 53 + 54);  // a row at a time: looked at, then applied
  const std::string upgraded = test::dump_derived(instances, "x");
  auto writer = log::Writer::open(instances, "x", 1000, system_random(), kDefaultSnapshotInterval, 1 << 30).value();
  REQUIRE(writer.rebuild().ok());
  CHECK(test::dump_derived(instances, "x") == upgraded);
  log::Reader reader = log::Reader::open(instances, "x").value();
  const auto late = log::LiveView::open(reader).value()->find("places", "late").value();
  REQUIRE(late.has_value());
  CHECK(late->alive);
  CHECK(late->data.find("\"table\"") == std::string::npos);
  CHECK(late->data.find("\"_ops\":{\"INS\":") != std::string::npos);
}

TEST_CASE("faults_b11_b12_c7_a file of version 2 whose operations mean what they meant is not replayed") {
  test::TemporaryDirectory dir;
  const auto instances = log::Instances::open(dir.path()).value();
  auto db = golden(instances, "schema/version-2.sql");
  REQUIRE(db.exec("UPDATE entities SET data = '{\"kept\":1}' WHERE id = 'late'").ok());
  REQUIRE(log::migrate(db).ok());
  for (log::Phase phase = smallest_step(db); phase != log::Phase::done; phase = smallest_step(db)) {
    CHECK(phase != log::Phase::clear);
    CHECK(phase != log::Phase::apply_again);
  }
  CHECK(db.query_integer("SELECT count(*) FROM entities WHERE data = '{\"kept\":1}'", 0).value() == 1);
}
