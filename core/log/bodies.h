// Long texts, kept out of the trees in which rows are looked for: SQLite reads a row of a WITHOUT ROWID table whole to
// compare its key, wherever it is longer than about a quarter of a page.
//
// Invariants: a row with body 0 has its text itself; any other body is a row of `bodies` that belongs to it alone, and
// the row's own text is ''. Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which
// must outlive it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

// Bytes of key and text together up to which a row has its text itself; 1,002 bytes of a row fit on its page.
inline constexpr std::size_t kMaxInlineBytes = 900;

inline bool is_inline(std::string_view key, std::string_view text) {
  return key.size() + text.size() <= kMaxInlineBytes;
}

class Bodies {
 public:
  static Result<Bodies> prepare(sqlite::Database& db);
  // A row's text becomes `text`. before: its body so far. Returns its body from now on; what is no longer needed goes.
  Result<std::int64_t> put(std::int64_t before, std::string_view key, std::string_view text);
  Status remove(std::int64_t body);

 private:
  Bodies() = default;
  sqlite3* db_ = nullptr;
  sqlite::Statement add_, change_, remove_;
};

// The columns of a state in `entities` or `checkpoints`, for entity_state().
std::string state_columns(const std::string& table);

// REQUIRES: the row has state_columns() from `column` on. Errors: unavailable/corrupt.
Result<projection::EntityState> entity_state(const sqlite::Statement& row, int column);

}  // namespace choreo::log
