#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "sqlite/database.h"
#include "sqlite/sync_notice.h"
#include "support/temporary_directory.h"

using namespace choreo;
using sqlite::Database;
using sqlite::OpenMode;
using sqlite::SyncNotice;
using Calls = std::vector<std::string>;

namespace {

Database opened(const std::string& path) {
  Result<Database> db = Database::open(path, OpenMode::read_write_create, 1000);
  REQUIRE(db.ok());
  REQUIRE(db->exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS t (x)").ok());
  return std::move(*db);
}

}  // namespace

TEST_CASE("a commit tells of its sync once, before and after, and when it is already visible to nobody else") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.db";
  Database db = opened(path);
  Database other = opened(path);
  REQUIRE(db.exec("BEGIN; INSERT INTO t VALUES (1)").ok());
  Calls calls;
  {
    const SyncNotice notice(
        [&] {
          calls.push_back("before, others see " + std::to_string(*other.query_integer("SELECT count(*) FROM t", -1)));
        },
        [&] { calls.push_back("after"); });
    REQUIRE(db.exec("COMMIT").ok());
    REQUIRE(db.exec("INSERT INTO t VALUES (2)").ok());
  }
  CHECK(calls == Calls{"before, others see 0", "after"});
  CHECK(*other.query_integer("SELECT count(*) FROM t", -1) == 2);
}

TEST_CASE("nothing is told of what needs no sync, nor after the notice ended") {
  const test::TemporaryDirectory directory;
  Database db = opened(directory.path() + "/a.db");
  Calls calls;
  {
    const SyncNotice notice([&] { calls.push_back("before"); }, [&] { calls.push_back("after"); });
    REQUIRE(db.exec("BEGIN; INSERT INTO t VALUES (1); ROLLBACK").ok());
    CHECK(*db.query_integer("SELECT count(*) FROM t", -1) == 0);
  }
  REQUIRE(db.exec("INSERT INTO t VALUES (2)").ok());
  CHECK(calls.empty());
}
