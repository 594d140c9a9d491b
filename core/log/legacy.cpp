#include "log/legacy.h"

#include "base/ids.h"
#include "base/limits.h"
#include "base/timestamp.h"
#include "json/canonical.h"
#include "json/scan.h"

namespace choreo::log {
namespace {

// Deeper than the contract allows for new operations, because what is in the log stays in it.
constexpr std::size_t kLegacyDepth = 1000;

// Python's json module writes these where RFC 8259 has no number; outside strings they can only be that.
std::string without_nan(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    if (in_string) {
      if (text[i] == '\\' && i + 1 < text.size())
        out += text[i++];
      else if (text[i] == '"')
        in_string = false;
      out += text[i++];
      continue;
    }
    bool replaced = false;
    for (std::string_view token : {"NaN", "-Infinity", "Infinity"}) {
      if (!text.substr(i).starts_with(token)) continue;
      out += "null";
      i += token.size();
      replaced = true;
      break;
    }
    if (replaced) continue;
    in_string = text[i] == '"';
    out += text[i++];
  }
  return out;
}

void canonicalize_object(std::string& text) {
  Result<std::string> canonical = json::canonicalize(text, kLegacyDepth);
  if (!canonical.ok()) canonical = json::canonicalize(without_nan(text), kLegacyDepth);
  text = canonical.ok() && json::is_object(*canonical) ? std::move(*canonical) : "{}";
}

// Its indexes are not ours: a unique one over random guids would halve the rate of appends.
Status drop_indexes(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Statement names, db.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND "
                                                    "tbl_name = 'operations' AND sql IS NOT NULL"));
  std::string drops;
  while (true) {
    CHOREO_ASSIGN(const bool row, names.step());
    if (!row) break;
    std::string quoted;
    for (const char c : names.text(0)) quoted.append(c == '"' ? "\"\"" : std::string(1, c));
    drops += "DROP INDEX \"" + quoted + "\";";
  }
  names.reset();
  return db.exec(drops.c_str());
}

Result<bool> has_column(sqlite::Database& db, const std::string& name) {
  CHOREO_ASSIGN(const std::int64_t count,
                db.query_integer(
                    ("SELECT count(*) FROM pragma_table_info('operations') WHERE name = '" + name + "'").c_str(), 0));
  return count > 0;
}

}  // namespace

void canonicalize_legacy(Operation& operation) {
  canonicalize_object(operation.target);
  canonicalize_object(operation.context);
  canonicalize_object(operation.frame);
}

Status prepare_legacy(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t old,
                db.query_integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'operations'", 0));
  if (old == 0) return {};
  CHOREO_TRY(
      db.exec("DROP TABLE IF EXISTS _projected; DROP TABLE IF EXISTS _con_edges;"
              "DROP TABLE IF EXISTS _snapshots; DROP TABLE IF EXISTS _meta"));
  CHOREO_TRY(drop_indexes(db));
  CHOREO_ASSIGN(const bool pretty, has_column(db, "pretty_id"));
  if (!pretty) CHOREO_TRY(db.exec("ALTER TABLE operations ADD COLUMN pretty_id TEXT"));
  CHOREO_ASSIGN(const bool guid, has_column(db, "guid"));
  if (!guid) CHOREO_TRY(db.exec("ALTER TABLE operations ADD COLUMN guid TEXT NOT NULL DEFAULT ''"));
  return {};
}

Result<bool> adopt_legacy(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t head, db.query_integer("SELECT max(id) FROM operations", 0));
  if (head == 0) return false;
  CHOREO_TRY(
      db.exec("UPDATE state SET (head, last_ts, legacy_last_id) = "
              "(SELECT id, ts, id FROM operations ORDER BY id DESC LIMIT 1)"));
  return true;
}

Result<LegacyRows> LegacyRows::prepare(sqlite::Database& db) {
  LegacyRows rows;
  CHOREO_ASSIGN(rows.remember_, db.prepare("INSERT OR IGNORE INTO idempotency(key, op_id, last_id, extra) "
                                           "VALUES(?1, ?2, ?2, '')"));
  CHOREO_ASSIGN(rows.fill_in_, db.prepare("UPDATE operations SET pretty_id = ?2, guid = ?3 WHERE id = ?1"));
  CHOREO_ASSIGN(rows.count_, db.prepare("UPDATE state SET operations = operations + 1"));
  return rows;
}

Status LegacyRows::take(Operation& operation, bool no_pretty_id) {
  CHOREO_TRY(count_.run());
  if (const std::optional<std::string> guid = normalize_uuid(operation.guid)) {
    const std::string key = "g:" + *guid;
    CHOREO_TRY(remember_.bind(1, key).bind(2, operation.id).run());
  }
  if (!no_pretty_id && !operation.guid.empty()) return {};
  if (no_pretty_id) operation.pretty_id = pretty_id(operation.target, operation.id);
  if (operation.guid.empty()) {
    const Result<std::int64_t> ms = parse_timestamp(operation.ts);
    operation.guid = make_guid(ms.ok() ? *ms : 0, operation.id, system_random());
  }
  return fill_in_.bind(1, operation.id).bind(2, operation.pretty_id).bind(3, operation.guid).run();
}

}  // namespace choreo::log
