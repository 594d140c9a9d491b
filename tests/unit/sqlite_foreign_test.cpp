// Files that somebody else made: their triggers do nothing, and their schema is told from ours.
#include <catch2/catch.hpp>

#include <string>

#include "sqlite/database.h"
#include "sqlite/schema.h"
#include "sqlite/write_ahead_log.h"
#include "support/temporary_directory.h"

using namespace choreo;
using sqlite::Database;
using sqlite::OpenMode;

namespace {

Database opened(const std::string& path) {
  Result<Database> db = Database::open(path, OpenMode::read_write_create, 1000);
  REQUIRE(db.ok());
  return std::move(*db);
}

// Our connections cannot make what they do not use, so a plain one does.
void run_plainly(const std::string& path, const char* sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
  CHECK(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(raw);
}

std::string difference(const char* found_sql, const char* expected_sql, const sqlite::TakenOver& taken_over = {}) {
  Database found = opened(":memory:");
  Database expected = opened(":memory:");
  REQUIRE(found.exec(found_sql).ok());
  REQUIRE(expected.exec(expected_sql).ok());
  Result<std::string> result = sqlite::schema_difference(found, expected, taken_over);
  REQUIRE(result.ok());
  return *result;
}

}  // namespace

TEST_CASE("faults_e9_triggers and views of a file do nothing") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  run_plainly(path,
              "CREATE TABLE t(x); CREATE TABLE stolen(x); CREATE VIEW v AS SELECT x FROM t;"
              "CREATE TRIGGER thief AFTER INSERT ON t BEGIN INSERT INTO stolen VALUES(new.x); END");
  for (const OpenMode mode : {OpenMode::read_write, OpenMode::read_write_create}) {
    Result<Database> db = Database::open(path, mode, 1000);
    REQUIRE(db.ok());
    REQUIRE(db->exec("INSERT INTO t VALUES(1)").ok());
    CHECK(*db->query_integer("SELECT count(*) FROM stolen", -1) == 0);
    CHECK_FALSE(db->query_integer("SELECT count(*) FROM v", -1).ok());
    CHECK(*db->query_integer("PRAGMA trusted_schema", -1) == 0);
  }
  Result<Database> read = Database::open(path, OpenMode::immutable, 1000);
  REQUIRE(read.ok());
  CHECK(*sqlite::active_object(*read) == "the trigger 'thief'");
}

TEST_CASE("faults_e9_what could act by itself is named") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/";
  run_plainly(path + "v", "CREATE TABLE t(x); CREATE VIEW seen AS SELECT 1");
  run_plainly(path + "f", "CREATE VIRTUAL TABLE words USING fts5(x)");
  run_plainly(path + "g", "CREATE TABLE t(x); CREATE UNIQUE INDEX i ON t(x); CREATE INDEX j ON t(x)");
  Database view = opened(path + "v"), words = opened(path + "f"), good = opened(path + "g");
  CHECK(*sqlite::active_object(view) == "the view 'seen'");
  CHECK(sqlite::active_object(words)->starts_with("the virtual table 'words"));
  CHECK(sqlite::active_object(good)->empty());
}

TEST_CASE("faults_e9_a schema is compared by what it does") {
  const char* ours =
      "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL, y INTEGER CHECK(y > 0)); CREATE INDEX i ON t(x)";
  CHECK(difference(ours, ours).empty());
  // Another spelling of the same, and an altered statement.
  CHECK(difference("create table t (id INTEGER PRIMARY KEY, -- the id\n x TEXT NOT NULL, y INTEGER CHECK(y>0))", ours)
            .empty());
  CHECK(difference(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL); ALTER TABLE t ADD COLUMN y INTEGER CHECK(y > 0)",
            ours)
            .empty());
  // Something else.
  for (const char* other :
       {"CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL, y INTEGER)",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL, y INTEGER CHECK(y > 0), z)",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB NOT NULL, y INTEGER CHECK(y > 0))",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL UNIQUE, y INTEGER CHECK(y > 0))",
        "CREATE TABLE t(id TEXT PRIMARY KEY, x TEXT NOT NULL, y INTEGER CHECK(y > 0)) WITHOUT ROWID",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL DEFAULT 'a', y INTEGER CHECK(y > 0))"}) {
    CAPTURE(other);
    CHECK(difference(other, ours) == "has a table 't' that is not as this program makes it");
  }
  CHECK(difference("CREATE TABLE u(x)", ours) == "has the table 'u', which this program does not make");
  CHECK(difference("", ours) == "has no table 't'");
  const std::string more = std::string(ours) + "; CREATE INDEX k ON t(y)";
  CHECK(difference(more.c_str(), ours) == "has the index 'k', which this program does not make");
}

TEST_CASE("faults_e9_a table of the earlier system is compared by its columns' names") {
  const char* ours = "CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL, b TEXT)";
  const sqlite::TakenOver log = {{"log"}, {"a"}};
  CHECK(difference("CREATE TABLE log(id INTEGER PRIMARY KEY, b TEXT, a TEXT)", ours, log).empty());
  CHECK_FALSE(difference("CREATE TABLE log(id INTEGER PRIMARY KEY, b TEXT)", ours, log).empty());
  CHECK_FALSE(difference("CREATE TABLE log(id INTEGER PRIMARY KEY, a TEXT, b TEXT AS (a))", ours, log).empty());
  const std::string table = "CREATE TABLE log(id INTEGER PRIMARY KEY, a TEXT, b TEXT CHECK(b > 1));";
  const auto with = [&](const std::string& index) { return difference((table + index).c_str(), ours, log); };
  CHECK(with("CREATE INDEX i ON log(b)").empty());
  CHECK(with("CREATE UNIQUE INDEX i ON log(a)").empty());
  CHECK_FALSE(with("CREATE UNIQUE INDEX i ON log(b)").empty());
  CHECK_FALSE(with("CREATE UNIQUE INDEX i ON log(a, b)").empty());
  CHECK_FALSE(with("CREATE INDEX i ON log(upper(b))").empty());
}

TEST_CASE("faults_f3_a log is emptied into its database where nobody reads from it") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  Database db = opened(path);
  REQUIRE(db.exec("PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1)").ok());
  REQUIRE(sqlite::log_bytes(path) > 0);
  {
    Database reader = opened(path);
    REQUIRE(reader.exec("BEGIN; SELECT count(*) FROM t").ok());
    REQUIRE(db.exec("INSERT INTO t VALUES(2)").ok());
    const Result<bool> held = sqlite::empty_log(path, 0);
    REQUIRE(held.ok());
    CHECK_FALSE(*held);
    CHECK(sqlite::log_bytes(path) > 0);
  }
  const Result<bool> emptied = sqlite::empty_log(path, 0);
  REQUIRE(emptied.ok());
  CHECK(*emptied);
  CHECK(sqlite::log_bytes(path) == 0);
  CHECK(*db.query_integer("SELECT count(*) FROM t", -1) == 2);
  // The connection that was open goes on with the log that is there.
  REQUIRE(db.exec("INSERT INTO t VALUES(3)").ok());
  Database other = opened(path);
  CHECK(*other.query_integer("SELECT count(*) FROM t", -1) == 3);
}
