#include "log/schema.h"

#include "base/random.h"
#include "log/legacy.h"

namespace choreo::log {
namespace {

constexpr std::size_t kEpochBytes = 16;

// The earlier system's table: its name, columns and order are part of the contract (SPEC 9).
constexpr const char* kLog = R"sql(
CREATE TABLE IF NOT EXISTS operations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pretty_id TEXT, guid TEXT NOT NULL, ts TEXT NOT NULL, op TEXT NOT NULL,
  target TEXT NOT NULL, context TEXT NOT NULL, frame TEXT NOT NULL);
)sql";

constexpr const char* kOurs = R"sql(
CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  epoch TEXT NOT NULL,
  operations INTEGER NOT NULL,     -- rows in the log
  entities INTEGER NOT NULL,       -- alive ones
  head INTEGER NOT NULL,           -- last operation id
  last_ts TEXT NOT NULL,           -- of the last operation
  clock_ms INTEGER NOT NULL,       -- last time the server gave; the next is not earlier
  legacy_last_id INTEGER NOT NULL  -- operations up to here were written by the earlier system
);
CREATE TABLE tables(
  tid INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  alive INTEGER NOT NULL,
  last_op INTEGER NOT NULL
);
CREATE TABLE entities(
  tid INTEGER NOT NULL, id TEXT NOT NULL,
  alive INTEGER NOT NULL, last_op INTEGER NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY(tid, id)
) WITHOUT ROWID;
CREATE TABLE edges(
  op_id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, target TEXT NOT NULL, stance TEXT NOT NULL, coupling TEXT NOT NULL, data TEXT NOT NULL,
  alive INTEGER NOT NULL
);
CREATE INDEX edges_by_source ON edges(source) WHERE alive = 1;
CREATE INDEX edges_by_target ON edges(target) WHERE alive = 1;
CREATE TABLE mentions(
  id TEXT NOT NULL, op_id INTEGER NOT NULL,
  PRIMARY KEY(id, op_id)
) WITHOUT ROWID;
CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,            -- 'k:' and the header's text, or 'g:' and the client's guid
  op_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,        -- of the last operation it generated, else op_id
  extra TEXT NOT NULL              -- further members of the first answer
) WITHOUT ROWID;
)sql";

}  // namespace

Result<int> schema_version(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version", 0));
  return static_cast<int>(version);
}

Status migrate(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
  CHOREO_ASSIGN(const int version, schema_version(db));
  if (version == kSchemaVersion) return {};
  CHOREO_TRY(prepare_legacy(db));
  CHOREO_TRY(db.exec(kLog));
  CHOREO_TRY(db.exec(kOurs));
  const std::string epoch = system_random().hex(kEpochBytes);
  CHOREO_TRY(db.exec(("INSERT INTO state VALUES(1, '" + epoch + "', 0, 0, 0, '', 0, 0)").c_str()));
  CHOREO_TRY(import_legacy(db));
  CHOREO_TRY(db.exec(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str()));
  return transaction.commit();
}

Status clear_projection(sqlite::Database& db) {
  return db.exec(
      "DELETE FROM entities; DELETE FROM edges; DELETE FROM tables; DELETE FROM mentions;"
      "UPDATE state SET entities = 0");
}

}  // namespace choreo::log
