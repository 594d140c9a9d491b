#include "log/projection_store.h"

#include <algorithm>
#include <utility>

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
  CHOREO_ASSIGN(Bodies bodies, Bodies::prepare(db));
  CHOREO_ASSIGN(PartWriter parts, PartWriter::prepare(db));
  CHOREO_ASSIGN(PartReader parts_read, PartReader::prepare(db));
  CHOREO_ASSIGN(FirstAlive first_alive, FirstAlive::prepare(db));
  ProjectionStore store(std::move(edges), std::move(checkpoints), std::move(bodies), std::move(parts),
                        std::move(parts_read), std::move(first_alive));
  CHOREO_TRY(store.prepare_statements(db));
  return store;
}

Status ProjectionStore::prepare_statements(sqlite::Database& db) {
  const std::string near = std::to_string(kNearTables);
  CHOREO_ASSIGN(load_tables_,
                db.prepare("SELECT tid, name, alive, first_op, last_op FROM tables WHERE tid <= " + near));
  CHOREO_ASSIGN(find_table_, db.prepare("SELECT tid, name, alive, first_op, last_op FROM tables WHERE name = ?"));
  CHOREO_ASSIGN(last_tid_, db.prepare("SELECT max(tid) FROM tables"));
  CHOREO_ASSIGN(save_table_, db.prepare("INSERT INTO tables(tid, name, alive, first_op, last_op) "
                                        "VALUES(?1, ?2, ?3, ?4, ?5) "
                                        "ON CONFLICT(tid) DO UPDATE SET alive = ?3, last_op = ?5"));
  CHOREO_ASSIGN(find_, db.prepare("SELECT " + state_columns("entities") +
                                  ", since_ops, since_bytes, body FROM entities WHERE tid = ? AND id = ?"));
  const std::string change =
      "UPDATE entities SET alive = ?3, last_op = ?4, since_ops = ?5, since_bytes = ?6, data = ?7";
  CHOREO_ASSIGN(change_, db.prepare(change + " WHERE tid = ?1 AND id = ?2"));
  CHOREO_ASSIGN(change_apart_,
                db.prepare(change + ", body = ?8, seg_part = ?9, syn_part = ?10 WHERE tid = ?1 AND id = ?2"));
  CHOREO_ASSIGN(
      insert_, db.prepare("INSERT INTO entities(tid, id, alive, first_op, last_op, since_ops, since_bytes, data, body) "
                          "VALUES(?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(tid, id) DO NOTHING"));
  CHOREO_ASSIGN(alive_ids_,
                db.prepare("SELECT id FROM entities WHERE tid = ? AND id > ? AND alive = 1 ORDER BY id LIMIT ?"));
  CHOREO_ASSIGN(add_place_, db.prepare("INSERT OR IGNORE INTO id_tables(id, alive, name, tid) VALUES(?, ?, ?, ?)"));
  CHOREO_ASSIGN(move_place_,
                db.prepare("UPDATE id_tables SET alive = ?2 WHERE id = ?1 AND alive = 1 - ?2 AND name = ?3"));
  return {};
}

Status ProjectionStore::load(bool upgrading) {
  near_.clear();
  far_.clear();
  upgrading_ = upgrading;
  alive_delta_ = 0;
  found_.clear();
  const sqlite::ResetGuard guard(load_tables_);
  const sqlite::Statement& row = load_tables_;
  while (true) {
    CHOREO_ASSIGN(const bool more, load_tables_.step());
    if (!more) return {};
    near_.emplace(row.text(1), Table{row.integer(0), row.integer(2), row.integer(3), row.integer(4), false});
  }
}

Result<ProjectionStore::Table*> ProjectionStore::find_table(std::string_view name) {
  if (const auto known = near_.find(name); known != near_.end()) return &known->second;
  if (near_.size() < kNearTables) return nullptr;
  auto known = far_.find(name);
  if (known == far_.end()) {
    const sqlite::ResetGuard guard(find_table_);
    CHOREO_ASSIGN(const bool row, find_table_.bind(1, name).step());
    const sqlite::Statement& found = find_table_;
    known =
        far_.emplace(name, row ? Table{found.integer(0), found.integer(2), found.integer(3), found.integer(4), false}
                               : Table())
            .first;
  }
  return known->second.tid == 0 ? nullptr : &known->second;
}

Result<std::int64_t> ProjectionStore::new_tid() {
  if (near_.size() < kNearTables) return static_cast<std::int64_t>(near_.size()) + 1;
  const sqlite::ResetGuard guard(last_tid_);
  CHOREO_ASSIGN([[maybe_unused]] const bool row, last_tid_.step());
  return last_tid_.integer(0) + 1;
}

// Written at once: others are found and numbered by the database.
Result<ProjectionStore::Table*> ProjectionStore::table_named(const std::string& name, std::int64_t first_op) {
  CHOREO_ASSIGN(Table * known, find_table(name));
  if (known) return known;
  CHOREO_ASSIGN(const std::int64_t tid, new_tid());
  Tables& tables = near_.size() < kNearTables ? near_ : far_;
  Table& made = tables[name];
  made = Table{tid, 0, first_op, 0, false};
  CHOREO_TRY(save_table(name, made));
  return &made;
}

Status ProjectionStore::save_table(const std::string& name, Table& table) {
  table.changed = false;
  return save_table_.bind(1, table.tid)
      .bind(2, name)
      .bind(3, table.alive)
      .bind(4, table.first_op)
      .bind(5, table.last_op)
      .run();
}

Result<std::int64_t> ProjectionStore::flush() {
  for (Tables* tables : {&near_, &far_})
    for (auto& [name, table] : *tables)
      if (table.changed) CHOREO_TRY(save_table(name, table));
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
  found = {tid, id, false, false, {}, 0, false};
  const sqlite::ResetGuard guard(find_);
  CHOREO_ASSIGN(const bool row, find_.bind(1, tid).bind(2, id).step());
  if (!row) return std::optional<EntityState>();
  CHOREO_ASSIGN(EntityState entity, entity_state(find_, 0));
  found.exists = true;
  found.alive = entity.alive;
  found.since = {find_.integer(5), find_.integer(6)};
  found.body = find_.integer(7);
  found.has_parts = entity.has_parts();
  found.bytes = entity.data.size();
  return std::optional(std::move(entity));
}

Result<std::optional<EntityState>> ProjectionStore::find(const std::string& table, const std::string& id) {
  CHOREO_ASSIGN(const Table* known, find_table(table));
  if (!known) return std::optional<EntityState>();
  Found looked_up;
  CHOREO_ASSIGN(std::optional<EntityState> entity, find_in(known->tid, id, looked_up));
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
  return {near_, far_, alive_delta_};
}

void ProjectionStore::restore(Counters counters) {
  near_ = std::move(counters.near);
  far_ = std::move(counters.far);
  alive_delta_ = counters.alive_delta;
  found_.clear();
}

Status ProjectionStore::note_place(const std::string& name, const Table& table, const std::string& id, bool existed,
                                   bool was_alive, bool alive) {
  if (table.tid <= kNearTables || (existed && was_alive == alive)) return {};
  if (!existed) return add_place_.bind(1, id).bind(2, std::int64_t{alive}).bind(3, name).bind(4, table.tid).run();
  CHOREO_TRY(move_place_.bind(1, id).bind(2, std::int64_t{alive}).bind(3, name).run());
  // Before its table's turn came in an upgrade it has none.
  if (move_place_.changed_rows() > 0) return {};
  return add_place_.bind(1, id).bind(2, std::int64_t{alive}).bind(3, name).bind(4, table.tid).run();
}

Result<bool> ProjectionStore::insert(const std::string& table, const std::string& id, const EntityState& entity) {
  // What an operation changes beyond its first entity, and what needs a body, put() takes.
  if (!changes_.empty() || !is_inline(id, entity.data)) return false;
  CHOREO_ASSIGN(const Table* known, find_table(table));
  Found fresh{0, id, true, entity.alive, {}, 0, false};
  if (known) {
    fresh.tid = known->tid;
  } else {
    CHOREO_ASSIGN(fresh.tid, new_tid());
  }
  count_operation(fresh);
  const bool due = checkpoints_.is_due(fresh.since, id, entity, false);
  if (due) fresh.since = {};
  CHOREO_TRY(bind_entity(insert_, fresh.tid, id, entity, fresh.since).bind(8, std::int64_t{0}).run());
  if (insert_.changed_rows() == 0) return false;

  if (due) CHOREO_TRY(checkpoints_.add(fresh.tid, id, entity, false));
  CHOREO_ASSIGN(Table * counters, table_named(table, entity.last_op));
  counters->alive += entity.alive ? 1 : 0;
  alive_delta_ += entity.alive ? 1 : 0;
  counters->last_op = entity.last_op;
  counters->changed = true;
  CHOREO_TRY(note_place(table, *counters, id, false, false, entity.alive));
  changes_.push_back({fresh.tid, id, true, false, due});
  found_.push_back(std::move(fresh));
  return true;
}

// One that was too long before the limit was there can be made shorter, and ended.
Status ProjectionStore::check_size(const std::string& id, const EntityState& entity, const Found& before) const {
  const std::size_t bytes = entity.data.size();
  if (bytes <= max_entity_bytes_ || !entity.alive || bytes <= before.bytes) return {};
  Error error = make_error(ErrorKind::too_large, kEntityTooLarge,
                           "the operation would make entity '" + id + "' " + std::to_string(bytes) +
                               " bytes long, with what it has gathered; at most " + std::to_string(max_entity_bytes_) +
                               " are allowed");
  error.extra = "\"limit\":" + std::to_string(max_entity_bytes_);
  return error;
}

Status ProjectionStore::put(const std::string& table, const std::string& id, const EntityState& entity) {
  CHOREO_ASSIGN(Table * counters, table_named(table, entity.last_op));
  CHOREO_ASSIGN(Found * before, found(counters->tid, id));
  CHOREO_TRY(check_size(id, entity, *before));
  const std::int64_t delta = (entity.alive ? 1 : 0) - (before->alive ? 1 : 0);
  counters->alive += delta;
  alive_delta_ += delta;
  counters->last_op = entity.last_op;
  counters->changed = true;
  CHOREO_TRY(note_place(table, *counters, id, before->exists, before->alive, entity.alive));

  Change& change = change_of(*before);
  // Once more where the operation changes it again: a merge into itself.
  if (change.checkpointed || change.unindexed || checkpoints_.is_due(before->since, id, entity, merges_)) {
    const bool again = std::exchange(change.checkpointed, true);
    before->since = {};
    CHOREO_TRY(checkpoints_.add(counters->tid, id, entity, again));
  }
  return write(id, entity, *counters, *before);
}

Status ProjectionStore::write(const std::string& id, const EntityState& entity, Table& table, Found& before) {
  const bool existed = std::exchange(before.exists, true);
  before.alive = entity.alive;
  const bool was_apart = before.body != 0 || before.has_parts;
  CHOREO_ASSIGN(before.body, bodies_.put(before.body, id, entity.data));
  before.has_parts = entity.has_parts();
  before.bytes = entity.data.size();
  EntityState row{entity.alive, entity.last_op, "", entity.parts};
  const EntityState& stored = before.body == 0 ? entity : row;
  if (!existed) return bind_entity(insert_, table.tid, id, stored, before.since).bind(8, before.body).run();
  if (!was_apart && before.body == 0 && !before.has_parts)
    return bind_entity(change_, table.tid, id, entity, before.since).run();
  return bind_entity(change_apart_, table.tid, id, stored, before.since)
      .bind(8, before.body)
      .bind(9, entity.parts[0])
      .bind(10, entity.parts[1])
      .run();
}

Result<std::int64_t> ProjectionStore::keep_part(std::int64_t op_id, std::int64_t before, std::string_view elements) {
  CHOREO_TRY(parts_.add(op_id, before, elements));
  return op_id;
}

Result<std::int64_t> ProjectionStore::last_op(const std::string& table) {
  CHOREO_ASSIGN(const Table* known, find_table(table));
  return known ? known->last_op : 0;
}

Result<std::vector<std::string>> ProjectionStore::alive_ids(const std::string& table, const std::string& after,
                                                            int limit) {
  std::vector<std::string> ids;
  CHOREO_ASSIGN(const Table* known, find_table(table));
  if (!known) return ids;
  const sqlite::ResetGuard guard(alive_ids_);
  alive_ids_.bind(1, known->tid).bind(2, after).bind(3, std::int64_t{limit});
  while (true) {
    CHOREO_ASSIGN(const bool row, alive_ids_.step());
    if (!row) return ids;
    ids.emplace_back(alive_ids_.text(0));
  }
}

}  // namespace choreo::log
