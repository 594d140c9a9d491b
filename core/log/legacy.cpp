#include "log/legacy.h"

#include "base/ids.h"
#include "base/limits.h"
#include "base/timestamp.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "log/replay.h"

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

// A client that sends an operation of the old log again is told so.
Status remember_guids(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Statement rows, db.prepare("SELECT id, guid FROM operations ORDER BY id"));
  CHOREO_ASSIGN(sqlite::Statement add, db.prepare("INSERT OR IGNORE INTO idempotency(key, op_id, last_id, extra) "
                                                  "VALUES(?1, ?2, ?2, '')"));
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    const std::optional<std::string> guid = normalize_uuid(rows.text(1));
    if (!guid) continue;
    const std::string key = "g:" + *guid;
    CHOREO_TRY(add.bind(1, key).bind(2, rows.integer(0)).run());
  }
}

Result<bool> has_column(sqlite::Database& db, const std::string& name) {
  CHOREO_ASSIGN(const std::int64_t count,
                db.query_integer(
                    ("SELECT count(*) FROM pragma_table_info('operations') WHERE name = '" + name + "'").c_str(), 0));
  return count > 0;
}

Status fill_in(sqlite::Database& db) {
  CHOREO_ASSIGN(
      sqlite::Statement rows,
      db.prepare("SELECT id, ts, target FROM operations WHERE guid IS NULL OR guid = '' OR pretty_id IS NULL"));
  CHOREO_ASSIGN(sqlite::Statement update,
                db.prepare("UPDATE operations SET pretty_id = coalesce(pretty_id, ?2), "
                           "guid = CASE WHEN guid IS NULL OR guid = '' THEN ?3 ELSE guid END WHERE id = ?1"));
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    const std::int64_t id = rows.integer(0);
    const Result<std::int64_t> ms = parse_timestamp(rows.text(1));
    std::string target(rows.text(2));
    canonicalize_object(target);
    CHOREO_TRY(update.bind(1, id)
                   .bind(2, pretty_id(target, id))
                   .bind(3, make_guid(ms.ok() ? *ms : 0, id, system_random()))
                   .run());
  }
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

Status import_legacy(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t head, db.query_integer("SELECT max(id) FROM operations", 0));
  if (head == 0) return {};
  CHOREO_TRY(remember_guids(db));
  CHOREO_TRY(fill_in(db));
  CHOREO_TRY(db.exec(
      "UPDATE state SET (operations, head, last_ts, legacy_last_id) = "
      "(SELECT count(*), max(id), (SELECT ts FROM operations ORDER BY id DESC LIMIT 1), max(id) FROM operations)"));
  return replay(db, CheckpointPolicy::of_interval(kDefaultSnapshotInterval));
}

}  // namespace choreo::log
