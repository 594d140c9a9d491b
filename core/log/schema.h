// The schema of an instance's database and its versions (PRAGMA user_version). docs/storage.md describes it.
#pragma once

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr int kSchemaVersion = 2;

// user_version of an open database.
Result<int> schema_version(sqlite::Database& db);

// Creates the tables in an empty database, or brings one with an older schema, that of the earlier system (user_version
// 0) included, up to date: in one transaction, so that an interrupted migration leaves the file as it was.
// REQUIRES: schema_version() < kSchemaVersion, and the InstanceLock where the file is an instance already.
Status migrate(sqlite::Database& db);

// Empties what is derived from the log; the log stays.
Status clear_projection(sqlite::Database& db);

}  // namespace choreo::log
