#include "log/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/clock.h"
#include "base/file_error.h"
#include "base/sleep.h"
#include "log/schema.h"
#include "sqlite/database.h"

namespace choreo::log {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr int kAgainMs = 20;

// SQLite would take a file without bytes for a new database.
Status check_source(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0)
    return make_error(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable,
                      errno == ENOENT ? "not_found" : "storage_unavailable",
                      path + ": " + std::generic_category().message(errno));
  if (info.st_size == 0 || !S_ISREG(info.st_mode))
    return make_error(ErrorKind::unavailable, "corrupt", path + " is empty or no file; restore it from a backup");
  // SQLite would not say why it cannot open it.
  return access(path.c_str(), R_OK) == 0 ? Status() : Status(file_error("open '" + path + "'", errno));
}

Status make_private(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("make '" + path + "'", errno);
  close(fd);
  return {};
}

Status sync_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("open '" + path + "'", errno);
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  return result == 0 ? Status() : Status(file_error("sync '" + path + "'", error));
}

// All pages in one step, so from one snapshot: a copy in many steps begins anew whenever another process writes.
Status copy_pages(sqlite::Database& source, sqlite::Database& target, const std::string& path) {
  const std::int64_t give_up = system_clock().steady_ms() + kTimeoutMs;
  while (true) {
    sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (backup == nullptr) return sqlite::error_of(target.handle(), sqlite3_errcode(target.handle()), "copy " + path);
    const int code = sqlite3_backup_step(backup, -1);
    const int end = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE && end == SQLITE_OK) return {};
    if (!sqlite::is_busy(code) || system_clock().steady_ms() > give_up)
      return sqlite::error_of(nullptr, code == SQLITE_DONE ? end : code, "copy " + path);
    sleep_ms(kAgainMs);
  }
}

}  // namespace

Status copy_database(const std::string& from, const std::string& to) {
  CHOREO_TRY(check_source(from));
  CHOREO_TRY(make_private(to));
  {
    CHOREO_ASSIGN(sqlite::Database source, sqlite::Database::open(from, sqlite::OpenMode::read_write, kTimeoutMs));
    CHOREO_ASSIGN(sqlite::Database target, sqlite::Database::open(to, sqlite::OpenMode::read_write, kTimeoutMs));
    // Whoever crashes here leaves a file that nobody takes for a copy; it is synced once, below.
    CHOREO_TRY(target.exec("PRAGMA synchronous=OFF"));
    CHOREO_TRY(copy_pages(source, target, from));
  }
  return sync_file(to);
}

Result<std::string> integrity(const std::string& path) {
  CHOREO_TRY(check_source(path));
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::immutable, kTimeoutMs));
  const Result<std::string> found = db.query_text("PRAGMA integrity_check(1)");
  if (!found.ok()) return found.error().message;
  return *found == "ok" ? std::string() : *found;
}

Result<CopiedHead> head_of_copy(const std::string& path) {
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::immutable, kTimeoutMs));
  CHOREO_ASSIGN(const int version, schema_version(db));
  CopiedHead head;
  CHOREO_ASSIGN(head.head, db.query_integer("SELECT coalesce(max(id), 0) FROM operations", 0));
  if (version > 0) {
    CHOREO_ASSIGN(head.epoch, db.query_text("SELECT epoch FROM state"));
  }
  return head;
}

Status renew_epoch(const std::string& path, const std::string& epoch) {
  {
    CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write, kTimeoutMs));
    CHOREO_ASSIGN(const int version, schema_version(db));
    if (version == 0) return {};  // it gets one when it is first opened
    CHOREO_TRY(db.exec("PRAGMA journal_mode=DELETE"));
    CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE state SET epoch = ?"));
    CHOREO_TRY(update.bind(1, epoch).run());
  }
  // A reader expects the write-ahead log; switched on last, it is empty.
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write, kTimeoutMs));
  return db.exec("PRAGMA journal_mode=WAL");
}

}  // namespace choreo::log
