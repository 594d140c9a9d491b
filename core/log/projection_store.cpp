#include "log/projection_store.h"

#include <algorithm>

namespace choreo::log {

using projection::EntityState;

namespace {

constexpr std::size_t kMaxFound = 4;  // an operation looks at few entities; what ingest looks at is not kept

// Bytes of the log, about.
std::int64_t size_of(const Operation& operation) {
  return static_cast<std::int64_t>(operation.target.size() + operation.context.size() + operation.frame.size() +
                                   operation.pretty_id.size() + operation.guid.size() + operation.ts.size());
}

sqlite::Statement& bind_entity(sqlite::Statement& statement, std::int64_t tid, const std::string& id,
                               const EntityState& entity, const SinceCheckpoint& since) {
  return statement.bind(1, tid)
      .bind(2, id)
      .bind(3, std::int64_t{entity.alive})
      .bind(4, entity.last_op)
      .bind(5, since.operations)
      .bind(6, since.bytes)
      .bind(7, entity.data);
}

}  // namespace

Result<ProjectionStore> ProjectionStore::prepare(sqlite::Database& db, CheckpointPolicy policy) {
  CHOREO_ASSIGN(EdgeTable edges, EdgeTable::prepare(db));
  CHOREO_ASSIGN(CheckpointTable checkpoints, CheckpointTable::prepare(db, policy));
  ProjectionStore store(std::move(edges), std::move(checkpoints));
  CHOREO_ASSIGN(store.load_tables_, db.prepare("SELECT tid, name, alive, first_op, last_op FROM tables"));
  CHOREO_ASSIGN(store.save_table_, db.prepare("INSERT INTO tables(tid, name, alive, first_op, last_op) "
                                              "VALUES(?1, ?2, ?3, ?4, ?5) "
                                              "ON CONFLICT(tid) DO UPDATE SET alive = ?3, last_op = ?5"));
  CHOREO_ASSIGN(store.find_, db.prepare("SELECT alive, last_op, data, since_ops, since_bytes FROM entities "
                                        "WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(store.put_,
                db.prepare("INSERT INTO entities(tid, id, alive, first_op, last_op, since_ops, since_bytes, data) "
                           "VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) ON CONFLICT(tid, id) DO UPDATE SET "
                           "alive = ?3, last_op = ?4, since_ops = ?5, since_bytes = ?6, data = ?7"));
  CHOREO_ASSIGN(store.insert_,
                db.prepare("INSERT INTO entities(tid, id, alive, first_op, last_op, since_ops, since_bytes, data) "
                           "VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7) ON CONFLICT(tid, id) DO NOTHING"));
  CHOREO_ASSIGN(store.alive_ids_,
                db.prepare("SELECT id FROM entities WHERE tid = ? AND id > ? AND alive = 1 ORDER BY id LIMIT ?"));
  return store;
}

Status ProjectionStore::load() {
  tables_.clear();
  next_tid_ = 1;
  alive_delta_ = 0;
  found_.clear();
  const sqlite::ResetGuard guard(load_tables_);
  const sqlite::Statement& row = load_tables_;
  while (true) {
    CHOREO_ASSIGN(const bool more, load_tables_.step());
    if (!more) return {};
    const std::int64_t tid = row.integer(0);
    tables_.emplace(row.text(1), Table{tid, row.integer(2), row.integer(3), row.integer(4), false});
    next_tid_ = std::max(next_tid_, tid + 1);
  }
}

Result<std::int64_t> ProjectionStore::flush() {
  for (auto& [name, table] : tables_) {
    if (!table.changed) continue;
    CHOREO_TRY(save_table_.bind(1, table.tid)
                   .bind(2, name)
                   .bind(3, table.alive)
                   .bind(4, table.first_op)
                   .bind(5, table.last_op)
                   .run());
    table.changed = false;
  }
  const std::int64_t delta = alive_delta_;
  alive_delta_ = 0;
  return delta;
}

void ProjectionStore::begin_operation(const Operation& operation) {
  op_id_ = operation.id;
  op_bytes_ = size_of(operation);
  merges_ = operation.op == Operator::SYN;
  found_.clear();
  changes_.clear();
}

Result<std::optional<EntityState>> ProjectionStore::find_in(std::int64_t tid, const std::string& id, Found& found) {
  found = {tid, id, false, false, {}};
  const sqlite::ResetGuard guard(find_);
  CHOREO_ASSIGN(const bool row, find_.bind(1, tid).bind(2, id).step());
  if (!row) return std::optional<EntityState>();
  found.exists = true;
  found.alive = find_.integer(0) != 0;
  found.since = {find_.integer(3), find_.integer(4)};
  return std::optional(EntityState{found.alive, find_.integer(1), std::string(find_.text(2))});
}

Result<std::optional<EntityState>> ProjectionStore::find(const std::string& table, const std::string& id) {
  const auto it = tables_.find(table);
  if (it == tables_.end()) return std::optional<EntityState>();
  Found looked_up;
  CHOREO_ASSIGN(std::optional<EntityState> entity, find_in(it->second.tid, id, looked_up));
  std::erase_if(found_, [&](const Found& found) { return found.tid == looked_up.tid && found.id == id; });
  if (found_.size() == kMaxFound) found_.clear();
  found_.push_back(std::move(looked_up));
  return entity;
}

Result<ProjectionStore::Found*> ProjectionStore::found(std::int64_t tid, const std::string& id) {
  const auto known = std::find_if(found_.begin(), found_.end(),
                                  [&](const Found& found) { return found.tid == tid && found.id == id; });
  if (known != found_.end()) return &*known;
  Found looked_up;
  CHOREO_ASSIGN([[maybe_unused]] const std::optional<EntityState> entity, find_in(tid, id, looked_up));
  return &found_.emplace_back(std::move(looked_up));
}

void ProjectionStore::count_operation(Found& entity) {
  entity.since.operations += 1;
  // What was counted for a merged entity is the survivor's now; the survivor, changed first, has taken it.
  if (merges_ && !changes_.empty()) {
    entity.since.bytes = 0;
    return;
  }
  entity.since.bytes += op_bytes_;
  if (!merges_) return;
  for (const Found& merged : found_) {
    if (&merged == &entity || !merged.exists) continue;
    entity.since.operations += merged.since.operations;
    entity.since.bytes += merged.since.bytes;
  }
}

Change& ProjectionStore::change_of(Found& entity) {
  const auto known = std::find_if(changes_.begin(), changes_.end(), [&](const Change& change) {
    return change.tid == entity.tid && change.id == entity.id;
  });
  if (known != changes_.end()) return *known;
  count_operation(entity);
  const bool unindexed =
      std::any_of(changes_.begin(), changes_.end(), [&](const Change& change) { return change.id == entity.id; });
  return changes_.emplace_back(Change{entity.tid, entity.id, !entity.exists, unindexed, false});
}

ProjectionStore::Counters ProjectionStore::counters() const {
  return {tables_, next_tid_, alive_delta_};
}

void ProjectionStore::restore(Counters counters) {
  tables_ = std::move(counters.tables);
  next_tid_ = counters.next_tid;
  alive_delta_ = counters.alive_delta;
  found_.clear();
}

ProjectionStore::Table& ProjectionStore::table_named(const std::string& name, std::int64_t first_op) {
  auto it = tables_.find(name);
  if (it == tables_.end()) it = tables_.emplace(name, Table{next_tid_++, 0, first_op, 0, false}).first;
  return it->second;
}

Result<bool> ProjectionStore::insert(const std::string& table, const std::string& id, const EntityState& entity) {
  if (!changes_.empty()) return false;  // what an operation changes beyond its first entity, put() counts
  const auto it = tables_.find(table);
  Found fresh{it == tables_.end() ? next_tid_ : it->second.tid, id, true, entity.alive, {}};
  count_operation(fresh);
  const bool due = checkpoints_.is_due(fresh.since, id, entity, false);
  if (due) fresh.since = {};
  CHOREO_TRY(bind_entity(insert_, fresh.tid, id, entity, fresh.since).run());
  if (insert_.changed_rows() == 0) return false;

  if (due) CHOREO_TRY(checkpoints_.add(fresh.tid, id, entity));
  Table& counters = table_named(table, entity.last_op);
  counters.alive += entity.alive ? 1 : 0;
  alive_delta_ += entity.alive ? 1 : 0;
  counters.last_op = entity.last_op;
  counters.changed = true;
  changes_.push_back({fresh.tid, id, true, false, due});
  found_.push_back(std::move(fresh));
  return true;
}

Status ProjectionStore::put(const std::string& table, const std::string& id, const EntityState& entity) {
  Table& counters = table_named(table, entity.last_op);
  CHOREO_ASSIGN(Found * before, found(counters.tid, id));
  const std::int64_t delta = (entity.alive ? 1 : 0) - (before->alive ? 1 : 0);
  counters.alive += delta;
  alive_delta_ += delta;
  counters.last_op = entity.last_op;
  counters.changed = true;

  Change& change = change_of(*before);
  // Once more where the operation changes it again: a merge into itself.
  if (change.checkpointed || change.unindexed || checkpoints_.is_due(before->since, id, entity, merges_)) {
    change.checkpointed = true;
    before->since = {};
    CHOREO_TRY(checkpoints_.add(counters.tid, id, entity));
  }
  before->exists = true;
  before->alive = entity.alive;
  return bind_entity(put_, counters.tid, id, entity, before->since).run();
}

Result<std::optional<std::string>> ProjectionStore::first_table_alive(const std::string& id) {
  for (const auto& [name, table] : tables_) {
    Found looked_up;
    CHOREO_ASSIGN(const std::optional<EntityState> entity, find_in(table.tid, id, looked_up));
    if (entity && entity->alive) return std::optional(name);
  }
  return std::optional<std::string>();
}

std::int64_t ProjectionStore::last_op(std::string_view table) const {
  const auto it = tables_.find(table);
  return it == tables_.end() ? 0 : it->second.last_op;
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
