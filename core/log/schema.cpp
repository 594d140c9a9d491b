#include "log/schema.h"

#include "base/random.h"
#include "log/legacy.h"
#include "log/upgrade.h"

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

// What the log does not hold.
constexpr const char* kState = R"sql(
CREATE TABLE state(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  epoch TEXT NOT NULL,
  operations INTEGER NOT NULL,     -- rows in the log
  entities INTEGER NOT NULL,       -- alive ones
  head INTEGER NOT NULL,           -- last operation id
  last_ts TEXT NOT NULL,           -- of the last operation
  clock_ms INTEGER NOT NULL,       -- last time the server gave; the next is not earlier
  legacy_last_id INTEGER NOT NULL, -- operations up to here were written by the earlier system
  max_ts_ms INTEGER NOT NULL DEFAULT -9000000000000000,  -- the latest time in the log (log/late_runs.h)
  upgrading INTEGER NOT NULL DEFAULT 0  -- what is still to be done after a change of the schema (log/upgrade.h)
);
CREATE TABLE idempotency(
  key TEXT PRIMARY KEY,            -- 'k:' and the header's text, or 'g:' and the client's guid
  op_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,        -- of the last operation it generated, else op_id
  extra TEXT NOT NULL              -- further members of the first answer; '' where they are long
) WITHOUT ROWID;
)sql";

// What version 3 added to it: long further members of first answers, out of the tree of keys (log/bodies.h), and how
// far an upgrade has come (log/upgrade.h).
constexpr const char* kAddedToState =
    "CREATE TABLE answers(op_id INTEGER PRIMARY KEY, extra TEXT NOT NULL);"
    "CREATE TABLE upgrade(tid INTEGER NOT NULL, id TEXT NOT NULL, op_id INTEGER NOT NULL);";

// What is derived from the log, and replayed by a rebuild. docs/storage.md has the meaning of each.
constexpr const char* kDerived = R"sql(
CREATE TABLE tables(
  tid INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  first_op INTEGER NOT NULL,
  last_op INTEGER NOT NULL,
  alive INTEGER NOT NULL
);
CREATE TABLE entities(
  tid INTEGER NOT NULL, id TEXT NOT NULL,
  alive INTEGER NOT NULL,
  first_op INTEGER NOT NULL, last_op INTEGER NOT NULL,
  since_ops INTEGER NOT NULL, since_bytes INTEGER NOT NULL,  -- since its last checkpoint
  data TEXT NOT NULL,              -- '' where it is long
  body INTEGER NOT NULL DEFAULT 0, -- then: the row of `bodies` that has it
  seg_part INTEGER NOT NULL DEFAULT 0, syn_part INTEGER NOT NULL DEFAULT 0,  -- the newest parts of its lists; 0: none
  PRIMARY KEY(tid, id)
) WITHOUT ROWID;
CREATE TABLE checkpoints(
  tid INTEGER NOT NULL, id TEXT NOT NULL, op_id INTEGER NOT NULL,
  alive INTEGER NOT NULL, data TEXT NOT NULL,
  body INTEGER NOT NULL DEFAULT 0,
  seg_part INTEGER NOT NULL DEFAULT 0, syn_part INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(tid, id, op_id)
) WITHOUT ROWID;
CREATE TABLE edges(
  op_id INTEGER PRIMARY KEY,
  since_op INTEGER NOT NULL,       -- the operation that gave it these ends
  died_op INTEGER NOT NULL,        -- 0: alive
  source TEXT NOT NULL, target TEXT NOT NULL, stance TEXT NOT NULL, coupling TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX edges_by_source ON edges(source, died_op);
CREATE INDEX edges_by_target ON edges(target, died_op);
CREATE TABLE edge_moves(
  edge INTEGER NOT NULL, until_op INTEGER NOT NULL,
  since_op INTEGER NOT NULL,
  source TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY(edge, until_op)
) WITHOUT ROWID;
CREATE INDEX edge_moves_by_source ON edge_moves(source, until_op);
CREATE INDEX edge_moves_by_target ON edge_moves(target, until_op);
CREATE TABLE mentions(
  id TEXT NOT NULL, op_id INTEGER NOT NULL,
  tid INTEGER NOT NULL,            -- the table whose entity of that id it changed; 0: none
  nth INTEGER NOT NULL,            -- how many operations name the id up to this one
  PRIMARY KEY(id, op_id)
) WITHOUT ROWID;
CREATE TABLE late_runs(
  first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL,
  min_ts_ms INTEGER NOT NULL       -- the earliest time in the run
);
CREATE TABLE zones(
  zone INTEGER PRIMARY KEY, operators INTEGER NOT NULL, min_ts_ms INTEGER NOT NULL, max_ts_ms INTEGER NOT NULL,
  terms BLOB NOT NULL
);
)sql";

// What version 3 added to them.
constexpr const char* kDerivedOfVersion3 = R"sql(
CREATE TABLE bodies(body INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE list_parts(
  op_id INTEGER PRIMARY KEY,       -- the operation that completed it
  before INTEGER NOT NULL,         -- the part before it; 0: none
  elements TEXT NOT NULL
);
CREATE TABLE id_tables(            -- entities of the tables that are not looked through (log/table_names.h)
  id TEXT NOT NULL, alive INTEGER NOT NULL, name TEXT NOT NULL,
  tid INTEGER NOT NULL,
  PRIMARY KEY(id, alive, name)
) WITHOUT ROWID;
)sql";

constexpr const char* kAlterVersion2 = R"sql(
ALTER TABLE entities ADD COLUMN body INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entities ADD COLUMN seg_part INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entities ADD COLUMN syn_part INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoints ADD COLUMN body INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoints ADD COLUMN seg_part INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoints ADD COLUMN syn_part INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr const char* kDropDerivedOfVersion1 =
    "DROP TABLE tables; DROP TABLE entities; DROP TABLE edges; DROP TABLE mentions;";

constexpr const char* kAddMaxTime = "ALTER TABLE state ADD COLUMN max_ts_ms INTEGER NOT NULL DEFAULT -9000000000000000";
constexpr const char* kAddUpgrading = "ALTER TABLE state ADD COLUMN upgrading INTEGER NOT NULL DEFAULT 0";

Status create_or_import(sqlite::Database& db) {
  CHOREO_TRY(prepare_legacy(db));
  CHOREO_TRY(db.exec(kLog));
  CHOREO_TRY(db.exec(kState));
  CHOREO_TRY(db.exec(kAddedToState));
  CHOREO_TRY(db.exec(kDerived));
  CHOREO_TRY(db.exec(kDerivedOfVersion3));
  const std::string epoch = system_random().hex(kEpochBytes);
  CHOREO_TRY(db.exec(("INSERT INTO state(one, epoch, operations, entities, head, last_ts, clock_ms, legacy_last_id) "
                      "VALUES(1, '" +
                      epoch + "', 0, 0, 0, '', 0, 0)")
                         .c_str()));
  CHOREO_ASSIGN(const bool has_log, adopt_legacy(db));
  return has_log ? begin_upgrade(db, Phase::replay) : Status();
}

Status from_version_1(sqlite::Database& db) {
  CHOREO_TRY(db.exec(kDropDerivedOfVersion1));
  CHOREO_TRY(db.exec("UPDATE state SET entities = 0"));
  CHOREO_TRY(db.exec(kAddMaxTime));
  CHOREO_TRY(db.exec(kAddUpgrading));
  CHOREO_TRY(db.exec(kAddedToState));
  CHOREO_TRY(db.exec(kDerived));
  CHOREO_TRY(db.exec(kDerivedOfVersion3));
  return begin_upgrade(db, Phase::replay);
}

Status from_version_2(sqlite::Database& db) {
  CHOREO_TRY(db.exec(kAddUpgrading));
  CHOREO_TRY(db.exec(kAddedToState));
  CHOREO_TRY(db.exec(kAlterVersion2));
  CHOREO_TRY(db.exec(kDerivedOfVersion3));
  return begin_upgrade(db, Phase::scan);
}

Status bring_forward(sqlite::Database& db, int version) {
  if (version == 0) return create_or_import(db);
  return version == 1 ? from_version_1(db) : from_version_2(db);
}

}  // namespace

Result<int> schema_version(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version", 0));
  return static_cast<int>(version);
}

Status migrate(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
  CHOREO_ASSIGN(const int version, schema_version(db));
  if (version == kSchemaVersion) return {};
  CHOREO_TRY(bring_forward(db, version));
  CHOREO_TRY(db.exec(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str()));
  return transaction.commit();
}

Status clear_projection(sqlite::Database& db) {
  for (const DerivedTable& table : kDerivedTables)
    CHOREO_TRY(db.exec(("DELETE FROM " + std::string(table.name)).c_str()));
  return db.exec("UPDATE state SET entities = 0, max_ts_ms = -9000000000000000");
}

}  // namespace choreo::log
