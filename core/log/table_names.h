// Which table a name or an id belongs to, for views: without reading what other tables there are.
//
// The first kNearTables tables of an instance are looked through for an id; entities of any later one are found by
// `id_tables`, which has a row for each of them. So an id costs no more beside thousands of tables than beside few, and
// nothing is kept for those who have few.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
// REQUIRES: a read transaction is open while it is used, so that what it reads belongs together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr std::int64_t kNearTables = 16;

class TableNames {
 public:
  struct Table {
    std::int64_t tid = 0;
    std::int64_t first_op = 0;
  };
  static Result<TableNames> prepare(sqlite::Database& db);

  // Nothing if there has been no such table.
  Result<std::optional<Table>> find(const std::string& name);
  // Tables that had an entity after operation `at`, by name.
  Result<std::vector<std::string>> all(std::int64_t at);
  // Tables that may have had an entity of that id by then, by name.
  Result<std::vector<std::string>> of(const std::string& id, std::int64_t at);

 private:
  explicit TableNames(bool upgrading) : upgrading_(upgrading) {}
  // `id_tables` does not have all of them yet (log/upgrade.h).
  bool upgrading_;
  sqlite::Statement find_, all_, of_;
};

// The alphabetically first table that has an id alive.
class FirstAlive {
 public:
  static Result<FirstAlive> prepare(sqlite::Database& db);
  // upgrading: `id_tables` does not have all of them yet (log/upgrade.h).
  Result<std::optional<std::string>> find(const std::string& id, bool upgrading);

 private:
  FirstAlive() = default;
  sqlite::Statement near_, far_, any_;
};

}  // namespace choreo::log
