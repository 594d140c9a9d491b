// The edges of an instance, alive and dead, with the ends they had at any time (docs/storage.md).
//
// Invariants: a row of `edges` has the edge's present (or, once dead, last) ends; died_op is 0 while it is alive; a row
// of `edge_moves` says which ends it had from since_op up to, not including, until_op.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

// For the transaction that appends.
class EdgeTable {
 public:
  static Result<EdgeTable> prepare(sqlite::Database& db);

  Status add(const projection::Edge& edge);
  // Every alive edge from or to the id dies by that operation.
  Status kill(const std::string& id, std::int64_t op_id);
  // Every alive edge from or to `from` has `into` as that end, from that operation on.
  Status move(const std::string& from, const std::string& into, std::int64_t op_id);
  // In the order of their CONs.
  Status each_alive(const std::function<void(const projection::Edge&)>& each);

 private:
  EdgeTable() = default;
  sqlite::Statement add_, kill_by_source_, kill_by_target_, keep_by_source_, keep_by_target_, move_source_,
      move_target_, each_alive_;
};

// For views: which edges an id has, or had.
class EdgeReader {
 public:
  static Result<EdgeReader> prepare(sqlite::Database& db);

  // Alive edges from or to the id, each once, in the order of their CONs.
  Result<std::vector<projection::Edge>> edges_of(const std::string& id);
  // Those that were alive after the operation `at`, with the ends they had then.
  Result<std::vector<projection::Edge>> edges_of_at(const std::string& id, std::int64_t at);

 private:
  EdgeReader() = default;
  sqlite::Statement by_source_, by_target_, past_by_source_, past_by_target_;
};

}  // namespace choreo::log
