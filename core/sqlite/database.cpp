#include "sqlite/database.h"

#include <mutex>

#include "sqlite/sync_notice.h"

namespace choreo::sqlite {
namespace {

// Before SQLite is first used. Its count of memory costs a lock for each allocation, and nobody reads it.
void configure_library() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

// As SQLite's URIs have it: what has a meaning there is percent-encoded.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      uri += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

int flags_of(OpenMode mode) {
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == OpenMode::immutable) return kAlways | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  return kAlways | SQLITE_OPEN_READWRITE | (mode == OpenMode::read_write_create ? SQLITE_OPEN_CREATE : 0);
}

}  // namespace

bool is_busy(int code) {
  return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

Error error_of(sqlite3* db, int code, std::string_view doing) {
  const std::string what = std::string(doing) + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_FULL:
      return make_error(ErrorKind::storage_full, "disk_full", what + "; free some space, writing resumes by itself");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make_error(ErrorKind::unavailable, "busy", what + "; another program holds the lock, try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return make_error(ErrorKind::unavailable, "corrupt", what + "; restore the file from a backup");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return make_error(ErrorKind::unavailable, "storage_unavailable", what);
    case SQLITE_NOMEM:
      return make_error(ErrorKind::unavailable, "out_of_memory", what);
    case SQLITE_TOOBIG:
      return make_error(ErrorKind::too_large, "too_large", what);
    default:
      return make_error(ErrorKind::internal, "storage_error", what);
  }
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(handle_), code, "database");
}

Status Statement::run() {
  const int code = sqlite3_step(handle_);
  Status status;
  if (code != SQLITE_DONE && code != SQLITE_ROW) status = error_of(sqlite3_db_handle(handle_), code, "database");
  sqlite3_reset(handle_);
  return status;
}

Result<Database> Database::open(const std::string& path, OpenMode mode, int busy_timeout_ms) {
  configure_library();
  sqlite3* raw = nullptr;
  const std::string name = mode == OpenMode::immutable ? immutable_uri(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags_of(mode), SyncNotice::vfs_name());
  Database db(raw);
  if (code != SQLITE_OK) return error_of(raw, code, "open '" + path + "'");
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  int on = 1;
  sqlite3_file_control(raw, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // Choreo's files have none of these. In a file that somebody else made they would run with the next statement.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return db;
}

Status Database::exec(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(db_, code, "database");
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error_of(db_, code, "prepare");
  return Statement(statement);
}

Result<std::int64_t> Database::query_integer(const char* sql, std::int64_t fallback) {
  CHOREO_ASSIGN(Statement statement, prepare(sql));
  CHOREO_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : fallback;
}

Result<std::string> Database::query_text(const char* sql) {
  CHOREO_ASSIGN(Statement statement, prepare(sql));
  CHOREO_ASSIGN(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

Result<Transaction> Transaction::begin(Database& db, bool immediate) {
  CHOREO_TRY(db.exec(immediate ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(db);
}

Status Transaction::commit() {
  CHOREO_TRY(db_->exec("COMMIT"));
  db_ = nullptr;
  return {};
}

void Transaction::rollback() {
  if (!db_) return;
  // An error such as a full disk may have rolled back already; then there is nothing left to undo.
  if (db_->in_transaction()) (void)sqlite3_exec(db_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  db_ = nullptr;
}

}  // namespace choreo::sqlite
