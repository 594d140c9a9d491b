#include "log/history.h"

#include "log/bodies.h"
#include "log/rows.h"
#include "projection/projector.h"
#include "projection/values.h"

namespace choreo::log {

using projection::EntityState;

namespace {

// Where one entity's operations are applied again. All of them changed it, so what they need to know of others is
// known: only what is merged into it must be looked up.
class OneEntity : public projection::Store {
 public:
  using Lookup = std::function<Result<std::optional<EntityState>>(const std::string& id, std::int64_t at)>;
  OneEntity(const std::string& table, const std::string& id, std::optional<EntityState> state, Lookup merged)
      : table_(table), id_(id), state_(std::move(state)), merged_(std::move(merged)) {}

  Status apply(const Operation& operation) {
    at_ = operation.id;
    survives_ = true;
    if (operation.op == Operator::SYN)
      survives_ = projection::id_member(json::Object::parse(operation.target), {"merge_into", "primary"}) == id_;
    return projection::apply(operation, *this);
  }
  const std::optional<EntityState>& state() const { return state_; }

  Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) override {
    if (table != table_) return std::optional<EntityState>();
    if (id == id_) return state_;
    // The survivor was there, or this entity would not have been merged into it.
    if (!survives_) return std::optional(EntityState{});
    return merged_(id, at_ - 1);
  }
  Status put(const std::string& table, const std::string& id, const EntityState& entity) override {
    if (table == table_ && id == id_) state_ = entity;
    return {};
  }
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override {
    return id == id_ ? std::optional(table_) : std::optional<std::string>();
  }
  Status add_edge(const projection::Edge&) override { return {}; }
  Status kill_edges(const std::string&) override { return {}; }
  Status move_edges(const std::string&, const std::string&) override { return {}; }

 private:
  const std::string& table_;
  const std::string& id_;
  std::optional<EntityState> state_;
  Lookup merged_;
  std::int64_t at_ = 0;
  bool survives_ = true;
};

}  // namespace

Result<History> History::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(TableNames tables, TableNames::prepare(db));
  CHOREO_ASSIGN(PartReader parts, PartReader::prepare(db));
  History history(std::move(tables), std::move(parts));
  CHOREO_ASSIGN(history.legacy_last_id_, db.query_integer("SELECT legacy_last_id FROM state", 0));
  const std::string entity =
      "SELECT id, first_op, last_op, " + state_columns("entities") + " FROM entities WHERE tid = ? ";
  CHOREO_ASSIGN(history.find_, db.prepare(entity + "AND id = ?"));
  CHOREO_ASSIGN(history.scan_, db.prepare(entity + "AND id > ? ORDER BY id"));
  CHOREO_ASSIGN(history.checkpoint_, db.prepare("SELECT " + state_columns("checkpoints") +
                                                " FROM checkpoints WHERE tid = ? AND id = ? "
                                                "AND op_id <= ? ORDER BY op_id DESC LIMIT 1"));
  CHOREO_ASSIGN(history.operations_,
                db.prepare("SELECT o.id, o.pretty_id, o.guid, o.ts, o.op, o.target, o.context, o.frame "
                           "FROM mentions m CROSS JOIN operations o ON o.id = m.op_id "
                           "WHERE m.id = ?1 AND m.op_id > ?2 AND m.op_id <= ?3 AND m.tid = ?4 ORDER BY m.op_id"));
  CHOREO_ASSIGN(history.operation_,
                db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations WHERE id = ?"));
  return history;
}

Result<std::optional<Operation>> History::operation(std::int64_t id) {
  const sqlite::ResetGuard guard(operation_);
  CHOREO_ASSIGN(const bool row, operation_.bind(1, id).step());
  if (!row) return std::optional<Operation>();
  CHOREO_ASSIGN(Operation found, operation_from(operation_, legacy_last_id_));
  return std::optional(std::move(found));
}

// Read whole before any is applied: applying a merge reads other entities' through the same statement.
Result<std::vector<Operation>> History::operations_on(std::int64_t tid, const std::string& id, std::int64_t after,
                                                      std::int64_t at) {
  std::vector<Operation> operations;
  const sqlite::ResetGuard guard(operations_);
  operations_.bind(1, id).bind(2, after).bind(3, at).bind(4, tid);
  while (true) {
    CHOREO_ASSIGN(const bool row, operations_.step());
    if (!row) return operations;
    CHOREO_ASSIGN(Operation operation, operation_from(operations_, legacy_last_id_));
    operations.push_back(std::move(operation));
  }
}

Result<EntityState> History::reconstruct(const std::string& table, std::int64_t tid, const std::string& id,
                                         std::int64_t first_op, std::int64_t at) {
  std::optional<EntityState> start;
  std::int64_t from = first_op;
  {
    const sqlite::ResetGuard guard(checkpoint_);
    CHOREO_ASSIGN(const bool found, checkpoint_.bind(1, tid).bind(2, id).bind(3, at).step());
    if (found) {
      CHOREO_ASSIGN(start, entity_state(checkpoint_, 0));
      from = start->last_op;
    }
  }
  const bool from_nothing = !start;
  OneEntity entity(table, id, std::move(start), [&](const std::string& merged, std::int64_t then) {
    return stored_entity(table, tid, merged, then);
  });
  if (from_nothing) {
    CHOREO_ASSIGN(const std::optional<Operation> made, operation(from));
    if (made) CHOREO_TRY(entity.apply(*made));
  }
  CHOREO_ASSIGN(const std::vector<Operation> operations, operations_on(tid, id, from, at));
  for (const Operation& operation : operations) CHOREO_TRY(entity.apply(operation));
  if (!entity.state())
    return make_error(ErrorKind::unavailable, "corrupt",
                      "entity '" + id + "' of table '" + table + "' cannot be made from the log; rebuild the instance");
  return *entity.state();
}

Result<std::optional<EntityState>> History::stored_entity(const std::string& table, std::int64_t tid,
                                                          const std::string& id, std::int64_t at) {
  std::int64_t first_op = 0;
  {
    const sqlite::ResetGuard guard(find_);
    CHOREO_ASSIGN(const bool row, find_.bind(1, tid).bind(2, id).step());
    if (!row || find_.integer(1) > at) return std::optional<EntityState>();
    first_op = find_.integer(1);
    if (find_.integer(2) <= at) {
      CHOREO_ASSIGN(EntityState state, entity_state(find_, 3));
      return std::optional(std::move(state));
    }
  }
  CHOREO_ASSIGN(EntityState state, reconstruct(table, tid, id, first_op, at));
  return std::optional(std::move(state));
}

Result<std::optional<EntityState>> History::entity(const std::string& table, const std::string& id, std::int64_t at) {
  CHOREO_ASSIGN(const std::optional<TableNames::Table> known, tables_.find(table));
  if (!known) return std::optional<EntityState>();
  CHOREO_ASSIGN(std::optional<EntityState> found, stored_entity(table, known->tid, id, at));
  if (found) CHOREO_TRY(parts_.make_whole(*found));
  return found;
}

Status History::scan(const std::string& table, const std::string& after, std::int64_t at, const Each& each) {
  CHOREO_ASSIGN(const std::optional<TableNames::Table> known, tables_.find(table));
  if (!known) return {};
  const std::int64_t tid = known->tid;
  const sqlite::ResetGuard guard(scan_);
  scan_.bind(1, tid).bind(2, after);
  while (true) {
    CHOREO_ASSIGN(const bool row, scan_.step());
    if (!row) return {};
    const std::int64_t first_op = scan_.integer(1), last_op = scan_.integer(2);
    if (first_op > at) continue;
    const std::string id(scan_.text(0));
    EntityState state;
    if (last_op > at) {
      CHOREO_ASSIGN(state, reconstruct(table, tid, id, first_op, at));
    } else {
      CHOREO_ASSIGN(state, entity_state(scan_, 3));
    }
    CHOREO_TRY(parts_.make_whole(state));
    CHOREO_ASSIGN(const bool more, each(id, state));
    if (!more) return {};
  }
}

}  // namespace choreo::log
