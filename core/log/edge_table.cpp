#include "log/edge_table.h"

#include <algorithm>

namespace choreo::log {

using projection::Edge;

namespace {

// REQUIRES: the row's columns are op_id, source, target, stance, coupling, data.
Edge edge_from(const sqlite::Statement& row) {
  return {row.integer(0),           std::string(row.text(1)), std::string(row.text(2)),
          std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5))};
}

Status collect(sqlite::Statement& rows, std::vector<Edge>& edges) {
  const sqlite::ResetGuard guard(rows);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    edges.push_back(edge_from(rows));
  }
}

// An edge from an id to itself was found at both ends.
std::vector<Edge> each_once(std::vector<Edge> edges) {
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.op_id < b.op_id; });
  const auto same = [](const Edge& a, const Edge& b) { return a.op_id == b.op_id; };
  edges.erase(std::unique(edges.begin(), edges.end(), same), edges.end());
  return edges;
}

// Edges whose `end` is ?1 as they were after operation ?2: still alive, dead since, or moved since.
std::string past_edges(const std::string& end) {
  const std::string edges = "SELECT op_id, source, target, stance, coupling, data FROM edges WHERE " + end + " = ?1 ";
  return edges + "AND died_op = 0 AND since_op <= ?2 UNION ALL " + edges +
         "AND died_op > ?2 AND since_op <= ?2 UNION ALL "
         "SELECT e.op_id, m.source, m.target, e.stance, e.coupling, e.data FROM edge_moves m "
         "CROSS JOIN edges e ON e.op_id = m.edge WHERE m." +
         end + " = ?1 AND m.until_op > ?2 AND m.since_op <= ?2";
}

}  // namespace

Result<EdgeTable> EdgeTable::prepare(sqlite::Database& db) {
  EdgeTable table;
  CHOREO_ASSIGN(table.add_, db.prepare("INSERT INTO edges(op_id, since_op, source, target, stance, coupling, data, "
                                       "died_op) VALUES(?1, ?1, ?2, ?3, ?4, ?5, ?6, 0)"));
  CHOREO_ASSIGN(table.kill_by_source_, db.prepare("UPDATE edges SET died_op = ?2 WHERE source = ?1 AND died_op = 0"));
  CHOREO_ASSIGN(table.kill_by_target_, db.prepare("UPDATE edges SET died_op = ?2 WHERE target = ?1 AND died_op = 0"));
  const std::string keep =
      "INSERT OR IGNORE INTO edge_moves(edge, until_op, since_op, source, target) "
      "SELECT op_id, ?2, since_op, source, target FROM edges WHERE died_op = 0 AND ";
  CHOREO_ASSIGN(table.keep_by_source_, db.prepare(keep + "source = ?1"));
  CHOREO_ASSIGN(table.keep_by_target_, db.prepare(keep + "target = ?1"));
  CHOREO_ASSIGN(table.move_source_,
                db.prepare("UPDATE edges SET source = ?2, since_op = ?3 WHERE source = ?1 AND died_op = 0"));
  CHOREO_ASSIGN(table.move_target_,
                db.prepare("UPDATE edges SET target = ?2, since_op = ?3 WHERE target = ?1 AND died_op = 0"));
  CHOREO_ASSIGN(table.each_alive_, db.prepare("SELECT op_id, source, target, stance, coupling, data FROM edges "
                                              "WHERE died_op = 0 ORDER BY op_id"));
  return table;
}

Status EdgeTable::add(const Edge& edge) {
  return add_.bind(1, edge.op_id)
      .bind(2, edge.source)
      .bind(3, edge.target)
      .bind(4, edge.stance)
      .bind(5, edge.coupling)
      .bind(6, edge.data)
      .run();
}

Status EdgeTable::kill(const std::string& id, std::int64_t op_id) {
  CHOREO_TRY(kill_by_source_.bind(1, id).bind(2, op_id).run());
  return kill_by_target_.bind(1, id).bind(2, op_id).run();
}

Status EdgeTable::move(const std::string& from, const std::string& into, std::int64_t op_id) {
  if (from == into) return {};
  CHOREO_TRY(keep_by_source_.bind(1, from).bind(2, op_id).run());
  CHOREO_TRY(keep_by_target_.bind(1, from).bind(2, op_id).run());
  CHOREO_TRY(move_source_.bind(1, from).bind(2, into).bind(3, op_id).run());
  return move_target_.bind(1, from).bind(2, into).bind(3, op_id).run();
}

Status EdgeTable::each_alive(const std::function<void(const Edge&)>& each) {
  const sqlite::ResetGuard guard(each_alive_);
  while (true) {
    CHOREO_ASSIGN(const bool more, each_alive_.step());
    if (!more) return {};
    each(edge_from(each_alive_));
  }
}

Result<EdgeReader> EdgeReader::prepare(sqlite::Database& db) {
  EdgeReader reader;
  const std::string alive = "SELECT op_id, source, target, stance, coupling, data FROM edges WHERE died_op = 0 AND ";
  CHOREO_ASSIGN(reader.by_source_, db.prepare(alive + "source = ?"));
  CHOREO_ASSIGN(reader.by_target_, db.prepare(alive + "target = ?"));
  CHOREO_ASSIGN(reader.past_by_source_, db.prepare(past_edges("source")));
  CHOREO_ASSIGN(reader.past_by_target_, db.prepare(past_edges("target")));
  return reader;
}

Result<std::vector<Edge>> EdgeReader::edges_of(const std::string& id) {
  std::vector<Edge> edges;
  CHOREO_TRY(collect(by_source_.bind(1, id), edges));
  CHOREO_TRY(collect(by_target_.bind(1, id), edges));
  return each_once(std::move(edges));
}

Result<std::vector<Edge>> EdgeReader::edges_of_at(const std::string& id, std::int64_t at) {
  std::vector<Edge> edges;
  CHOREO_TRY(collect(past_by_source_.bind(1, id).bind(2, at), edges));
  CHOREO_TRY(collect(past_by_target_.bind(1, id).bind(2, at), edges));
  return each_once(std::move(edges));
}

}  // namespace choreo::log
