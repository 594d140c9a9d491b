// The live projection, in the instance's own database and transaction.
//
// Invariants: counters (alive entities, each table's alive and last_op) are kept in memory while a transaction runs and
// written by flush(), once, before its commit; load() starts each transaction.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

class ProjectionStore : public projection::Store {
 public:
  static Result<ProjectionStore> prepare(sqlite::Database& db);

  // Reads the tables' counters again; another process may have written since.
  Status load();
  // Writes changed counters. Returns by how much the number of alive entities changed since load().
  Result<std::int64_t> flush();

  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override;
  Status put(const std::string& table, const std::string& id, const projection::EntityState& entity) override;
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override;
  Status add_edge(const projection::Edge& edge) override;
  Status kill_edges(const std::string& id) override;
  Status move_edges(const std::string& from, const std::string& into) override;

  // The counters at a savepoint, to be put back when the database is rolled back to it.
  struct Counters;
  Counters counters() const;
  void restore(Counters counters);

  // The newest operation that changed the table; 0 if it has had none.
  std::int64_t last_op(std::string_view table) const;
  // For emergence scans: in the order of their CONs.
  Status each_alive_edge(const std::function<void(const projection::Edge&)>& each);
  // For snapshot ingest and rules. Alive ids of a table after `after`, in order, at most limit.
  Result<std::vector<std::string>> alive_ids(const std::string& table, const std::string& after, int limit);

 private:
  struct Table {
    std::int64_t tid = 0;
    std::int64_t alive = 0;
    std::int64_t last_op = 0;
    bool changed = false;
    bool stored = false;  // has a row
  };
  ProjectionStore() = default;
  Result<std::optional<projection::EntityState>> find_in(std::int64_t tid, const std::string& id);
  Result<bool> was_alive(std::int64_t tid, const std::string& id);

  // What find() saw last: a put() nearly always follows for the same entity and need not look again.
  struct Found {
    std::int64_t tid = -1;
    std::string id;
    bool alive = false;
  };
  Found found_;
  std::map<std::string, Table, std::less<>> tables_;
  std::int64_t next_tid_ = 1;
  std::int64_t alive_delta_ = 0;
  sqlite::Statement load_tables_, save_table_, find_, put_, add_edge_, kill_by_source_, kill_by_target_, move_source_,
      move_target_, alive_ids_, alive_edges_;
};

struct ProjectionStore::Counters {
  std::map<std::string, Table, std::less<>> tables;
  std::int64_t next_tid = 1;
  std::int64_t alive_delta = 0;
};

}  // namespace choreo::log
