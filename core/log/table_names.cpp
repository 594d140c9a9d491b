#include "log/table_names.h"

#include <algorithm>

#include "log/upgrade.h"

namespace choreo::log {
namespace {

Result<std::vector<std::string>> names(sqlite::Statement& rows) {
  std::vector<std::string> out;
  const sqlite::ResetGuard guard(rows);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out.emplace_back(rows.text(0));
  }
}

}  // namespace

Result<TableNames> TableNames::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(const Phase phase, phase_of(db));
  TableNames tables(phase == Phase::entities);
  CHOREO_ASSIGN(tables.find_, db.prepare("SELECT tid, first_op FROM tables WHERE name = ?"));
  CHOREO_ASSIGN(tables.all_, db.prepare("SELECT name FROM tables WHERE first_op <= ? ORDER BY name"));
  CHOREO_ASSIGN(tables.of_, db.prepare("SELECT name FROM tables WHERE tid <= " + std::to_string(kNearTables) +
                                       " AND first_op <= ?2 UNION ALL SELECT name FROM id_tables WHERE id = ?1"));
  return tables;
}

Result<std::optional<TableNames::Table>> TableNames::find(const std::string& name) {
  const sqlite::ResetGuard guard(find_);
  CHOREO_ASSIGN(const bool row, find_.bind(1, name).step());
  if (!row) return std::optional<Table>();
  return std::optional(Table{find_.integer(0), find_.integer(1)});
}

Result<std::vector<std::string>> TableNames::all(std::int64_t at) {
  return names(all_.bind(1, at));
}

Result<std::vector<std::string>> TableNames::of(const std::string& id, std::int64_t at) {
  if (upgrading_) return all(at);
  CHOREO_ASSIGN(std::vector<std::string> found, names(of_.bind(1, id).bind(2, at)));
  std::sort(found.begin(), found.end());
  return found;
}

Result<FirstAlive> FirstAlive::prepare(sqlite::Database& db) {
  FirstAlive first;
  const std::string tables = "SELECT t.name FROM tables t CROSS JOIN entities e ON e.tid = t.tid AND e.id = ?1 WHERE ";
  CHOREO_ASSIGN(first.near_, db.prepare(tables + "t.tid <= " + std::to_string(kNearTables) + " AND e.alive = 1"));
  CHOREO_ASSIGN(first.far_, db.prepare("SELECT name FROM id_tables WHERE id = ? AND alive = 1 ORDER BY name LIMIT 1"));
  CHOREO_ASSIGN(first.any_, db.prepare(tables + "e.alive = 1 ORDER BY t.name LIMIT 1"));
  return first;
}

Result<std::optional<std::string>> FirstAlive::find(const std::string& id, bool upgrading) {
  CHOREO_ASSIGN(std::vector<std::string> found, names((upgrading ? any_ : near_).bind(1, id)));
  if (!upgrading) {
    CHOREO_ASSIGN(const std::vector<std::string> far, names(far_.bind(1, id)));
    found.insert(found.end(), far.begin(), far.end());
  }
  const auto first = std::min_element(found.begin(), found.end());
  return first == found.end() ? std::optional<std::string>() : std::optional(std::move(*first));
}

}  // namespace choreo::log
