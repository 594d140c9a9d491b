// The live projection, in the instance's own database and transaction.
//
// Invariants: counters (alive entities, each table's alive and last_op) are kept in memory while a transaction runs and
// written by flush(), once, before its commit; load() starts each transaction; begin_operation() comes before what an
// operation changes. States that it gives and takes may have parts (projection/store.h); whole() puts them together.
// Cost: that of what an operation changes, whatever else there is: tables, entities, what they have gathered.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/bodies.h"
#include "log/checkpoints.h"
#include "log/edge_table.h"
#include "log/list_parts.h"
#include "log/table_names.h"
#include "operation/operation.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

// Of an alive entity's fields, _des, _provenance and _ops, which are written whole with each of its operations.
inline constexpr std::size_t kMaxEntityBytes = 32u << 20;
inline constexpr const char* kEntityTooLarge = "entity_too_large";

// An entity that the operation at hand changed.
struct Change {
  std::int64_t tid = 0;
  std::string id;
  bool created = false;
  // It changed another table's entity of that id before, and mentions have room for one: a checkpoint stands for this.
  bool unindexed = false;
  bool checkpointed = false;
};

class ProjectionStore : public projection::Store {
 public:
  static Result<ProjectionStore> prepare(sqlite::Database& db, CheckpointPolicy policy);

  // Reads the tables' counters again; another process may have written since. upgrading: `id_tables` is not complete.
  Status load(bool upgrading);
  // Writes changed counters. Returns by how much the number of alive entities changed since load().
  Result<std::int64_t> flush();

  void begin_operation(const Operation& operation);
  const std::vector<Change>& changes() const { return changes_; }

  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override;
  Status put(const std::string& table, const std::string& id, const projection::EntityState& entity) override;
  Result<bool> insert(const std::string& table, const std::string& id, const projection::EntityState& entity) override;
  Result<std::int64_t> keep_part(std::int64_t op_id, std::int64_t before, std::string_view elements) override;
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override {
    return first_alive_.find(id, upgrading_);
  }
  Status add_edge(const projection::Edge& edge) override { return edges_.add(edge); }
  Status kill_edges(const std::string& id) override { return edges_.kill(id, op_id_); }
  Status move_edges(const std::string& from, const std::string& into) override {
    return edges_.move(from, into, op_id_);
  }

  // The counters at a savepoint, to be put back when the database is rolled back to it.
  struct Counters;
  Counters counters() const;
  void restore(Counters counters);

  // From now on an operation that makes an alive entity longer than that fails with too_large/entity_too_large. It is
  // not asked of what is in the log: a replay has no limit.
  void limit_entities(std::size_t bytes) { max_entity_bytes_ = bytes; }
  // The newest operation that changed the table; 0 if it has had none.
  Result<std::int64_t> last_op(const std::string& table);
  // As readers see it.
  Status whole(projection::EntityState& entity) { return parts_read_.make_whole(entity); }
  // For emergence scans: in the order of their CONs.
  Status each_alive_edge(const std::function<void(const projection::Edge&)>& each) { return edges_.each_alive(each); }
  // For snapshot ingest and rules. Alive ids of a table after `after`, in order, at most limit.
  Result<std::vector<std::string>> alive_ids(const std::string& table, const std::string& after, int limit);

 private:
  struct Table {
    std::int64_t tid = 0;
    std::int64_t alive = 0;
    std::int64_t first_op = 0;
    std::int64_t last_op = 0;
    bool changed = false;
  };
  using Tables = std::map<std::string, Table, std::less<>>;
  // What the operation at hand has looked up: a put() nearly always follows and need not look again.
  struct Found {
    std::int64_t tid = 0;
    std::string id;
    bool exists = false;
    bool alive = false;
    SinceCheckpoint since;
    std::int64_t body = 0;  // log/bodies.h
    bool has_parts = false;
    std::size_t bytes = 0;  // of its data
  };
  ProjectionStore(EdgeTable edges, CheckpointTable checkpoints, Bodies bodies, PartWriter parts, PartReader parts_read,
                  FirstAlive first_alive)
      : edges_(std::move(edges)),
        checkpoints_(std::move(checkpoints)),
        bodies_(std::move(bodies)),
        parts_(std::move(parts)),
        parts_read_(std::move(parts_read)),
        first_alive_(std::move(first_alive)) {}
  Status prepare_statements(sqlite::Database& db);
  Result<std::optional<projection::EntityState>> find_in(std::int64_t tid, const std::string& id, Found& found);
  Result<Found*> found(std::int64_t tid, const std::string& id);
  // Adds the operation at hand to what has happened to the entity.
  void count_operation(Found& entity);
  Change& change_of(Found& entity);
  Status check_size(const std::string& id, const projection::EntityState& entity, const Found& before) const;
  // Null if there is none of that name.
  Result<Table*> find_table(std::string_view name);
  // Made where it is not there.
  Result<Table*> table_named(const std::string& name, std::int64_t first_op);
  Result<std::int64_t> new_tid();
  Status save_table(const std::string& name, Table& table);
  Status write(const std::string& id, const projection::EntityState& entity, Table& table, Found& before);
  // In `id_tables`, which has the entities of far tables.
  Status note_place(const std::string& name, const Table& table, const std::string& id, bool existed, bool was_alive,
                    bool alive);

  EdgeTable edges_;
  CheckpointTable checkpoints_;
  Bodies bodies_;
  PartWriter parts_;
  PartReader parts_read_;
  FirstAlive first_alive_;
  // Of the operation at hand.
  std::int64_t op_id_ = 0;
  std::int64_t op_bytes_ = 0;
  bool merges_ = false;
  std::vector<Found> found_;
  std::vector<Change> changes_;

  Tables near_;             // the first kNearTables, or all where there are fewer
  Tables far_;              // of the others, those that were asked for in this transaction; tid 0: there is none
  bool upgrading_ = false;  // `id_tables` is not complete yet
  std::int64_t alive_delta_ = 0;
  std::size_t max_entity_bytes_ = std::numeric_limits<std::size_t>::max();
  sqlite::Statement load_tables_, find_table_, last_tid_, save_table_, find_, change_, change_apart_, insert_,
      alive_ids_, add_place_, move_place_;
};

struct ProjectionStore::Counters {
  Tables near;
  Tables far;
  std::int64_t alive_delta = 0;
};

}  // namespace choreo::log
