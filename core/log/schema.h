// The schema of an instance's database and its versions (PRAGMA user_version). docs/storage.md describes it.
#pragma once

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr int kSchemaVersion = 1;

// user_version of an open database.
Result<int> schema_version(sqlite::Database& db);

// Creates the tables in an empty database, or turns one of the earlier system (user_version 0) into ours, in one
// transaction. REQUIRES: schema_version() < kSchemaVersion, and the InstanceLock where the file is an instance already.
Status migrate(sqlite::Database& db);

// Empties the projection's tables; the log stays.
Status clear_projection(sqlite::Database& db);

}  // namespace choreo::log
