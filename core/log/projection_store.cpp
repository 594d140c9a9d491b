#include "log/projection_store.h"

namespace choreo::log {

using projection::Edge;
using projection::EntityState;

Result<ProjectionStore> ProjectionStore::prepare(sqlite::Database& db) {
  ProjectionStore store;
  CHOREO_ASSIGN(store.load_tables_, db.prepare("SELECT tid, name, alive, last_op FROM tables"));
  CHOREO_ASSIGN(store.save_table_, db.prepare("INSERT INTO tables(tid, name, alive, last_op) VALUES(?1, ?2, ?3, ?4) "
                                              "ON CONFLICT(tid) DO UPDATE SET alive = ?3, last_op = ?4"));
  CHOREO_ASSIGN(store.find_, db.prepare("SELECT alive, last_op, data FROM entities WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(store.put_, db.prepare("INSERT INTO entities(tid, id, alive, last_op, data) VALUES(?1, ?2, ?3, ?4, ?5) "
                                       "ON CONFLICT(tid, id) DO UPDATE SET alive = ?3, last_op = ?4, data = ?5"));
  CHOREO_ASSIGN(store.add_edge_, db.prepare("INSERT INTO edges(op_id, source, target, stance, coupling, data, alive) "
                                            "VALUES(?, ?, ?, ?, ?, ?, 1)"));
  CHOREO_ASSIGN(store.kill_by_source_, db.prepare("UPDATE edges SET alive = 0 WHERE source = ? AND alive = 1"));
  CHOREO_ASSIGN(store.kill_by_target_, db.prepare("UPDATE edges SET alive = 0 WHERE target = ? AND alive = 1"));
  CHOREO_ASSIGN(store.move_source_, db.prepare("UPDATE edges SET source = ?2 WHERE source = ?1 AND alive = 1"));
  CHOREO_ASSIGN(store.move_target_, db.prepare("UPDATE edges SET target = ?2 WHERE target = ?1 AND alive = 1"));
  CHOREO_ASSIGN(store.alive_ids_,
                db.prepare("SELECT id FROM entities WHERE tid = ? AND id > ? AND alive = 1 ORDER BY id LIMIT ?"));
  CHOREO_ASSIGN(store.alive_edges_, db.prepare("SELECT op_id, source, target, stance, coupling, data FROM edges "
                                               "WHERE alive = 1 ORDER BY op_id"));
  return store;
}

Status ProjectionStore::load() {
  tables_.clear();
  next_tid_ = 1;
  alive_delta_ = 0;
  found_ = {};
  const sqlite::ResetGuard guard(load_tables_);
  while (true) {
    CHOREO_ASSIGN(const bool row, load_tables_.step());
    if (!row) return {};
    const std::int64_t tid = load_tables_.integer(0);
    tables_.emplace(load_tables_.text(1), Table{tid, load_tables_.integer(2), load_tables_.integer(3), false, true});
    next_tid_ = std::max(next_tid_, tid + 1);
  }
}

Result<std::int64_t> ProjectionStore::flush() {
  for (auto& [name, table] : tables_) {
    if (!table.changed) continue;
    CHOREO_TRY(save_table_.bind(1, table.tid).bind(2, name).bind(3, table.alive).bind(4, table.last_op).run());
    table.changed = false;
  }
  const std::int64_t delta = alive_delta_;
  alive_delta_ = 0;
  return delta;
}

Result<std::optional<EntityState>> ProjectionStore::find_in(std::int64_t tid, const std::string& id) {
  const sqlite::ResetGuard guard(find_);
  CHOREO_ASSIGN(const bool row, find_.bind(1, tid).bind(2, id).step());
  if (!row) return std::optional<EntityState>();
  return std::optional(EntityState{find_.integer(0) != 0, find_.integer(1), std::string(find_.text(2))});
}

Result<std::optional<EntityState>> ProjectionStore::find(const std::string& table, const std::string& id) {
  const auto it = tables_.find(table);
  if (it == tables_.end()) return std::optional<EntityState>();
  CHOREO_ASSIGN(std::optional<EntityState> entity, find_in(it->second.tid, id));
  found_ = {it->second.tid, id, entity && entity->alive};
  return entity;
}

Result<bool> ProjectionStore::was_alive(std::int64_t tid, const std::string& id) {
  if (found_.tid == tid && found_.id == id) return found_.alive;
  CHOREO_ASSIGN(const std::optional<EntityState> entity, find_in(tid, id));
  return entity && entity->alive;
}

ProjectionStore::Counters ProjectionStore::counters() const {
  return {tables_, next_tid_, alive_delta_};
}

void ProjectionStore::restore(Counters counters) {
  tables_ = std::move(counters.tables);
  next_tid_ = counters.next_tid;
  alive_delta_ = counters.alive_delta;
  found_ = {};
}

Status ProjectionStore::put(const std::string& table, const std::string& id, const EntityState& entity) {
  auto it = tables_.find(table);
  if (it == tables_.end()) it = tables_.emplace(table, Table{next_tid_++, 0, 0, true, false}).first;
  Table& counters = it->second;
  CHOREO_ASSIGN(const bool before, was_alive(counters.tid, id));
  found_ = {};
  const std::int64_t delta = (entity.alive ? 1 : 0) - (before ? 1 : 0);
  counters.alive += delta;
  alive_delta_ += delta;
  counters.last_op = entity.last_op;
  counters.changed = true;
  return put_.bind(1, counters.tid)
      .bind(2, id)
      .bind(3, std::int64_t{entity.alive})
      .bind(4, entity.last_op)
      .bind(5, entity.data)
      .run();
}

Result<std::optional<std::string>> ProjectionStore::first_table_alive(const std::string& id) {
  for (const auto& [name, table] : tables_) {
    CHOREO_ASSIGN(const std::optional<EntityState> entity, find_in(table.tid, id));
    if (entity && entity->alive) return std::optional(name);
  }
  return std::optional<std::string>();
}

Status ProjectionStore::add_edge(const Edge& edge) {
  return add_edge_.bind(1, edge.op_id)
      .bind(2, edge.source)
      .bind(3, edge.target)
      .bind(4, edge.stance)
      .bind(5, edge.coupling)
      .bind(6, edge.data)
      .run();
}

Status ProjectionStore::kill_edges(const std::string& id) {
  CHOREO_TRY(kill_by_source_.bind(1, id).run());
  return kill_by_target_.bind(1, id).run();
}

Status ProjectionStore::move_edges(const std::string& from, const std::string& into) {
  CHOREO_TRY(move_source_.bind(1, from).bind(2, into).run());
  return move_target_.bind(1, from).bind(2, into).run();
}

std::int64_t ProjectionStore::last_op(std::string_view table) const {
  const auto it = tables_.find(table);
  return it == tables_.end() ? 0 : it->second.last_op;
}

Status ProjectionStore::each_alive_edge(const std::function<void(const Edge&)>& each) {
  const sqlite::ResetGuard guard(alive_edges_);
  const sqlite::Statement& row = alive_edges_;
  while (true) {
    CHOREO_ASSIGN(const bool more, alive_edges_.step());
    if (!more) return {};
    each({row.integer(0), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3)),
          std::string(row.text(4)), std::string(row.text(5))});
  }
}

Result<std::vector<std::string>> ProjectionStore::alive_ids(const std::string& table, const std::string& after,
                                                            int limit) {
  std::vector<std::string> ids;
  const auto it = tables_.find(table);
  if (it == tables_.end()) return ids;
  const sqlite::ResetGuard guard(alive_ids_);
  alive_ids_.bind(1, it->second.tid).bind(2, after).bind(3, std::int64_t{limit});
  while (true) {
    CHOREO_ASSIGN(const bool row, alive_ids_.step());
    if (!row) return ids;
    ids.emplace_back(alive_ids_.text(0));
  }
}

}  // namespace choreo::log
