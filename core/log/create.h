// Making an instance's database file, and opening it with its schema brought up to date (docs/storage.md).
#pragma once

#include <string>

#include "base/result.h"
#include "log/index_file.h"
#include "log/instances.h"
#include "sqlite/database.h"

namespace choreo::log {

// A new, empty database at `path`, complete on disk when this returns, its write-ahead log empty. The caller removes
// the -wal and -shm files and may then rename it.
Status create_database(const std::string& path);

struct Opened {
  FileIdentity file;
  IndexFile index;
  sqlite::Database db;  // declared last: closed while the index is still known
};

// REQUIRES: the caller does not hold the InstanceLock (an old schema is migrated under it).
// Errors: not_found/unknown_instance, unavailable/corrupt, unavailable/newer_schema, unavailable/upgrading.
Result<Opened> open_database(const Instances& instances, const std::string& slug, int busy_timeout_ms);
// The same for a caller that holds the lock.
Result<Opened> open_database_locked(const Instances& instances, const std::string& slug, int busy_timeout_ms);

}  // namespace choreo::log
