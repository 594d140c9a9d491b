// The schema of an instance's database and its versions (PRAGMA user_version). docs/storage.md describes it.
#pragma once

#include <array>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr int kSchemaVersion = 3;

// user_version of an open database.
Result<int> schema_version(sqlite::Database& db);

// Creates the tables in an empty database, or gives one of an older schema, that of the earlier system (user_version 0)
// included, the tables of this one: in one transaction, so that an interrupted migration leaves the file as it was.
// What is in the tables follows in steps (log/upgrade.h), which state.upgrading says. REQUIRES: schema_version() <
// kSchemaVersion, and the InstanceLock where the file is an instance already.
Status migrate(sqlite::Database& db);

// What is derived from the log, and the key of each.
struct DerivedTable {
  const char* name;
  const char* key;
};
inline constexpr std::array<DerivedTable, 11> kDerivedTables = {{
    {"tables", "tid"},
    {"entities", "tid, id"},
    {"checkpoints", "tid, id, op_id"},
    {"edges", "op_id"},
    {"edge_moves", "edge, until_op"},
    {"mentions", "id, op_id"},
    {"late_runs", "first_id"},
    {"zones", "zone"},
    {"bodies", "body"},
    {"list_parts", "op_id"},
    {"id_tables", "id, alive, name"},
}};

// Empties what is derived from the log; the log stays.
Status clear_projection(sqlite::Database& db);

}  // namespace choreo::log
