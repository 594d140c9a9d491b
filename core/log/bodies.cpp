#include "log/bodies.h"

#include <string>

namespace choreo::log {

Result<Bodies> Bodies::prepare(sqlite::Database& db) {
  Bodies bodies;
  bodies.db_ = db.handle();
  CHOREO_ASSIGN(bodies.add_, db.prepare("INSERT INTO bodies(data) VALUES(?)"));
  CHOREO_ASSIGN(bodies.change_, db.prepare("UPDATE bodies SET data = ?2 WHERE body = ?1"));
  CHOREO_ASSIGN(bodies.remove_, db.prepare("DELETE FROM bodies WHERE body = ?"));
  return bodies;
}

Result<std::int64_t> Bodies::put(std::int64_t before, std::string_view key, std::string_view text) {
  if (is_inline(key, text)) {
    CHOREO_TRY(remove(before));
    return std::int64_t{0};
  }
  if (before != 0) {
    CHOREO_TRY(change_.bind(1, before).bind(2, text).run());
    return before;
  }
  CHOREO_TRY(add_.bind(1, text).run());
  return std::int64_t{sqlite3_last_insert_rowid(db_)};
}

Status Bodies::remove(std::int64_t body) {
  return body == 0 ? Status() : remove_.bind(1, body).run();
}

std::string state_columns(const std::string& table) {
  const std::string t = table + ".";
  return t + "alive, " + t + (table == "checkpoints" ? "op_id" : "last_op") + ", CASE " + t + "body WHEN 0 THEN " + t +
         "data ELSE (SELECT b.data FROM bodies b WHERE b.body = " + t + "body) END, " + t + "seg_part, " + t +
         "syn_part";
}

Result<projection::EntityState> entity_state(const sqlite::Statement& row, int column) {
  if (row.is_null(column + 2))
    return make_error(ErrorKind::unavailable, "corrupt",
                      "the text of an entity is missing; rebuild the instance, or restore it from a backup");
  return projection::EntityState{row.integer(column) != 0,
                                 row.integer(column + 1),
                                 std::string(row.text(column + 2)),
                                 {row.integer(column + 3), row.integer(column + 4)}};
}

}  // namespace choreo::log
