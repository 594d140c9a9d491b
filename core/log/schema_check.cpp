#include "log/schema_check.h"

#include "log/schema.h"
#include "sqlite/database.h"
#include "sqlite/schema.h"

namespace choreo::log {
namespace {

constexpr int kTimeoutMs = 10'000;
// Files of the earlier system may have its columns in another order, and indexes of its own.
const sqlite::TakenOver kEarlierLog = {{"operations"}, {"guid"}};

Error foreign(const std::string& path, const std::string& how) {
  return invalid("foreign_schema", path + " " + how + "; it was not written by Choreo, or was changed since");
}

Result<sqlite::Database> empty_database() {
  return sqlite::Database::open(":memory:", sqlite::OpenMode::read_write_create, kTimeoutMs);
}

// What this program makes of the tables, were the log empty.
Result<sqlite::Database> brought_up_to_date(sqlite::Database& stored, int version) {
  CHOREO_ASSIGN(sqlite::Database db, empty_database());
  CHOREO_TRY(sqlite::copy_schema(stored, db));
  if (version > 0) CHOREO_TRY(sqlite::copy_rows(stored, db, "state"));
  CHOREO_TRY(migrate(db));
  return db;
}

}  // namespace

Status check_schema(const std::string& path) {
  CHOREO_ASSIGN(sqlite::Database stored, sqlite::Database::open(path, sqlite::OpenMode::immutable, kTimeoutMs));
  CHOREO_ASSIGN(const int version, schema_version(stored));
  if (version > kSchemaVersion)
    return make_error(ErrorKind::unavailable, "newer_schema",
                      path + " was written by a newer Choreo: its schema has version " + std::to_string(version) +
                          ", this program knows up to " + std::to_string(kSchemaVersion));
  CHOREO_ASSIGN(const std::string active, sqlite::active_object(stored));
  if (!active.empty()) return foreign(path, "has " + active + ", which this program does not make");
  CHOREO_ASSIGN(sqlite::Database expected, empty_database());
  CHOREO_TRY(migrate(expected));
  if (version == kSchemaVersion) {
    CHOREO_ASSIGN(const std::string difference, sqlite::schema_difference(stored, expected, kEarlierLog));
    return difference.empty() ? Status() : Status(foreign(path, difference));
  }
  Result<sqlite::Database> made = brought_up_to_date(stored, version);
  if (!made.ok()) return foreign(path, "has tables that cannot be brought up to date: " + made.error().message);
  CHOREO_ASSIGN(const std::string difference, sqlite::schema_difference(*made, expected, kEarlierLog));
  return difference.empty() ? Status() : Status(foreign(path, difference));
}

}  // namespace choreo::log
