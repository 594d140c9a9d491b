// The live projection, in the instance's own database and transaction.
//
// Invariants: counters (alive entities, each table's alive and last_op) are kept in memory while a transaction runs and
// written by flush(), once, before its commit; load() starts each transaction; begin_operation() comes before what an
// operation changes.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/checkpoints.h"
#include "log/edge_table.h"
#include "operation/operation.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

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

  // Reads the tables' counters again; another process may have written since.
  Status load();
  // Writes changed counters. Returns by how much the number of alive entities changed since load().
  Result<std::int64_t> flush();

  void begin_operation(const Operation& operation);
  const std::vector<Change>& changes() const { return changes_; }

  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override;
  Status put(const std::string& table, const std::string& id, const projection::EntityState& entity) override;
  Result<bool> insert(const std::string& table, const std::string& id, const projection::EntityState& entity) override;
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override;
  Status add_edge(const projection::Edge& edge) override { return edges_.add(edge); }
  Status kill_edges(const std::string& id) override { return edges_.kill(id, op_id_); }
  Status move_edges(const std::string& from, const std::string& into) override {
    return edges_.move(from, into, op_id_);
  }

  // The counters at a savepoint, to be put back when the database is rolled back to it.
  struct Counters;
  Counters counters() const;
  void restore(Counters counters);

  // The newest operation that changed the table; 0 if it has had none.
  std::int64_t last_op(std::string_view table) const;
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
  // What the operation at hand has looked up: a put() nearly always follows and need not look again.
  struct Found {
    std::int64_t tid = 0;
    std::string id;
    bool exists = false;
    bool alive = false;
    SinceCheckpoint since;
  };
  explicit ProjectionStore(EdgeTable edges, CheckpointTable checkpoints)
      : edges_(std::move(edges)), checkpoints_(std::move(checkpoints)) {}
  Result<std::optional<projection::EntityState>> find_in(std::int64_t tid, const std::string& id, Found& found);
  Result<Found*> found(std::int64_t tid, const std::string& id);
  // Adds the operation at hand to what has happened to the entity.
  void count_operation(Found& entity);
  Change& change_of(Found& entity);
  // The table, made where it is not there.
  Table& table_named(const std::string& name, std::int64_t first_op);

  EdgeTable edges_;
  CheckpointTable checkpoints_;
  // Of the operation at hand.
  std::int64_t op_id_ = 0;
  std::int64_t op_bytes_ = 0;
  bool merges_ = false;
  std::vector<Found> found_;
  std::vector<Change> changes_;

  std::map<std::string, Table, std::less<>> tables_;
  std::int64_t next_tid_ = 1;
  std::int64_t alive_delta_ = 0;
  sqlite::Statement load_tables_, save_table_, find_, put_, insert_, alive_ids_;
};

struct ProjectionStore::Counters {
  std::map<std::string, Table, std::less<>> tables;
  std::int64_t next_tid = 1;
  std::int64_t alive_delta = 0;
};

}  // namespace choreo::log
