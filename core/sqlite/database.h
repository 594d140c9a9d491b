// SQLite, with errors as values. Nothing above core/log and core/control knows that there is SQL.
//
// Invariants: a write-ahead log is never deleted by closing a connection (SQLITE_FCNTL_PERSIST_WAL), because its name
// may belong to a newer database by then. Triggers and views of a file do nothing, and functions in its schema are not
// trusted: a file that somebody else made runs none of its code here. Thread-safety: a Database and its Statements
// belong to one thread at a time. Ownership: a Statement must not outlive its Database.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace choreo::sqlite {

// What the last failure on a connection means to a client; `doing` says what was tried, e.g. "append to 'places'".
Error error_of(sqlite3* db, int code, std::string_view doing);

// Whether the code is one after which trying again later may work (busy, locked).
bool is_busy(int code);

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Statement() { sqlite3_finalize(handle_); }
  explicit operator bool() const { return handle_ != nullptr; }

  // Parameters count from 1. Text is not copied: it must live until the next reset().
  Statement& bind(int index, std::int64_t value) {
    sqlite3_bind_int64(handle_, index, value);
    return *this;
  }
  Statement& bind(int index, std::string_view text) {
    sqlite3_bind_text64(handle_, index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Statement& bind_blob(int index, std::string_view bytes) {
    sqlite3_bind_blob64(handle_, index, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
    return *this;
  }
  Statement& bind_null(int index) {
    sqlite3_bind_null(handle_, index);
    return *this;
  }

  // True: a row is there. False: done. After an error or the end, reset() before the next use.
  Result<bool> step();
  // Steps once and resets; for statements that return no row.
  Status run();
  // By the last run() of this statement: rows that it inserted, updated or deleted.
  std::int64_t changed_rows() const { return sqlite3_changes64(sqlite3_db_handle(handle_)); }
  void reset() { sqlite3_reset(handle_); }

  // Columns count from 0; views are valid until the next step or reset.
  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  std::string_view text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return data ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)))
                : std::string_view();
  }
  bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  sqlite3_stmt* handle() const { return handle_; }

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  sqlite3_stmt* handle_ = nullptr;
};

// Resets a statement when the scope ends, whatever the way out.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }

 private:
  Statement& statement_;
};

// immutable: a file that nobody changes (a backup): only read, without locks, and nothing is made beside it.
enum class OpenMode { read_write, read_write_create, immutable };

class Database {
 public:
  Database() = default;
  // busy_timeout_ms: how long a statement waits for another connection's lock.
  static Result<Database> open(const std::string& path, OpenMode mode, int busy_timeout_ms);
  Database(Database&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(db_, other.db_);
    return *this;
  }
  ~Database() { sqlite3_close_v2(db_); }

  // One or more statements without parameters or rows that matter.
  Status exec(const char* sql);
  // Compiled once and kept: for statements that run often.
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row of a query, or fallback without a row.
  Result<std::int64_t> query_integer(const char* sql, std::int64_t fallback);
  Result<std::string> query_text(const char* sql);

  std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(db_); }
  std::int64_t changes() const { return sqlite3_changes64(db_); }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  sqlite3* handle() const { return db_; }

 private:
  explicit Database(sqlite3* db) : db_(db) {}
  sqlite3* db_ = nullptr;
};

// Rolls back when the scope ends unless commit() succeeded.
class Transaction {
 public:
  // immediate: takes the write lock at once (BEGIN IMMEDIATE), else a read snapshot with the first read.
  static Result<Transaction> begin(Database& db, bool immediate);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction() { rollback(); }
  Status commit();
  void rollback();

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

}  // namespace choreo::sqlite
