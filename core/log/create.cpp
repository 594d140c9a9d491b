#include "log/create.h"

#include <sys/stat.h>

#include "log/schema.h"
#include "log/upgrade.h"

namespace choreo::log {
namespace {

constexpr int kCreateTimeoutMs = 10000;

// Acknowledged means on disk: FULL syncs the write-ahead log at every commit. docs/storage.md has a reason for each.
constexpr const char* kPragmas =
    "PRAGMA synchronous=FULL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8000;"
    "PRAGMA journal_size_limit=67108864;";

Error newer(const std::string& slug, int version) {
  return make_error(ErrorKind::unavailable, "newer_schema",
                    "instance '" + slug + "' was written by a newer Choreo: its schema has version " +
                        std::to_string(version) + ", this program knows up to " + std::to_string(kSchemaVersion) +
                        "; it was left untouched");
}

Error corrupt(const std::string& slug, const std::string& how) {
  return make_error(ErrorKind::unavailable, "corrupt",
                    "the file of instance '" + slug + "' " + how +
                        "; restore it from a backup, or delete the instance; it was left untouched");
}

// SQLite would take a file without bytes for a new database, and throw away the write-ahead log beside it.
Status check_not_empty(const Instances& instances, const std::string& slug) {
  struct stat info {};
  if (stat(instances.db_path(slug).c_str(), &info) != 0 || info.st_size > 0) return {};
  return corrupt(slug, "is empty");
}

// A version of 0 is that of the earlier system, and of every database that is not ours.
Status check_has_log(sqlite::Database& db, const std::string& slug) {
  CHOREO_ASSIGN(const std::int64_t logs,
                db.query_integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'operations'", 0));
  return logs > 0 ? Status() : Status(corrupt(slug, "has no table of operations"));
}

// Appends wait meanwhile: no longer than kUpgradeHoldMs.
Status bring_up_to_date(sqlite::Database& db, const std::string& slug) {
  CHOREO_ASSIGN(const int version, schema_version(db));
  if (version != kSchemaVersion) {
    CHOREO_TRY(db.exec("PRAGMA journal_mode=WAL"));
    CHOREO_TRY(db.exec(kPragmas));
    CHOREO_TRY(migrate(db));
  }
  return upgrade_until(db, slug, kUpgradeHoldMs, kUpgradeStepMs);
}

Result<bool> is_up_to_date(sqlite::Database& db, int version) {
  if (version != kSchemaVersion) return false;
  CHOREO_TRY(db.exec(kPragmas));
  CHOREO_ASSIGN(const Phase phase, phase_of(db));
  return phase == Phase::done;
}

Result<Opened> open_as(const Instances& instances, const std::string& slug, int busy_timeout_ms, bool locked) {
  CHOREO_ASSIGN(const FileIdentity before, instances.identity(slug));
  CHOREO_TRY(check_not_empty(instances, slug));
  CHOREO_ASSIGN(sqlite::Database db,
                sqlite::Database::open(instances.db_path(slug), sqlite::OpenMode::read_write, busy_timeout_ms));
  CHOREO_ASSIGN(const int version, schema_version(db));
  if (version > kSchemaVersion) return newer(slug, version);
  if (version == 0) CHOREO_TRY(check_has_log(db, slug));
  CHOREO_ASSIGN(const bool up_to_date, is_up_to_date(db, version));
  if (!up_to_date && locked) CHOREO_TRY(bring_up_to_date(db, slug));
  if (!up_to_date && !locked) {
    CHOREO_ASSIGN(const InstanceLock lock, InstanceLock::acquire(instances, slug));
    CHOREO_TRY(bring_up_to_date(db, slug));
  }
  // Deleted and made anew while it was being opened: which of the two this is cannot be told, so open again.
  CHOREO_ASSIGN(const FileIdentity after, instances.identity(slug));
  if (!(before == after))
    return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was replaced just now");
  return Opened{before, IndexFile::of(instances.db_path(slug), before), std::move(db)};
}

Result<Opened> open_with_retry(const Instances& instances, const std::string& slug, int busy_timeout_ms, bool locked) {
  Result<Opened> opened = open_as(instances, slug, busy_timeout_ms, locked);
  if (!opened.ok() && opened.error().kind == ErrorKind::gone) return open_as(instances, slug, busy_timeout_ms, locked);
  if (!opened.ok()) {
    // A file that is deleted while it is being opened looks like a failing disk to SQLite.
    CHOREO_ASSIGN([[maybe_unused]] const FileIdentity there, instances.identity(slug));
  }
  return opened;
}

}  // namespace

Status create_database(const std::string& path) {
  CHOREO_ASSIGN(sqlite::Database db,
                sqlite::Database::open(path, sqlite::OpenMode::read_write_create, kCreateTimeoutMs));
  // With a rollback journal everything is in the one file when the transaction ends; WAL is switched on after it.
  CHOREO_TRY(db.exec("PRAGMA synchronous=FULL"));
  CHOREO_TRY(migrate(db));
  return db.exec("PRAGMA journal_mode=WAL");
}

Result<Opened> open_database(const Instances& instances, const std::string& slug, int busy_timeout_ms) {
  return open_with_retry(instances, slug, busy_timeout_ms, false);
}

Result<Opened> open_database_locked(const Instances& instances, const std::string& slug, int busy_timeout_ms) {
  return open_with_retry(instances, slug, busy_timeout_ms, true);
}

}  // namespace choreo::log
