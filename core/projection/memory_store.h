// A projection in memory: from nothing, or over a view whose moment is where it starts (time travel over operations
// that came late).
//
// Invariant: what it was given to keep hides what the base has under the same name; the edges of an id are taken over
// from the base when they are first asked for.
// Cost: an entity or an edge is found by a tree or by a hash that no client can foresee; memory is that of what was
// changed or looked at. Thread-safety: one thread at a time. Ownership: the base must outlive it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/text_map.h"
#include "projection/store.h"
#include "projection/view.h"

namespace choreo::projection {

class MemoryStore : public Store, public View {
 public:
  explicit MemoryStore(View* base = nullptr) : base_(base) {}

  Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) override;
  Status put(const std::string& table, const std::string& id, const EntityState& entity) override;
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override;
  Status add_edge(const Edge& edge) override;
  Status kill_edges(const std::string& id) override;
  Status move_edges(const std::string& from, const std::string& into) override;

  Result<std::vector<std::string>> tables() override;
  Result<std::vector<std::string>> tables_of(const std::string& id) override;
  Status scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) override;
  Result<std::vector<Edge>> edges_of(const std::string& id) override;

  std::size_t size() const;  // entities put
  struct KeptEdge {
    Edge edge;
    bool alive = true;
  };
  // In the order of their CONs; of a base's edges only those taken over.
  std::vector<KeptEdge> edges() const;

 private:
  using Entities = std::map<std::string, EntityState>;
  Status take_edges(const std::string& id);
  void keep(const Edge& edge);

  View* base_;
  std::map<std::string, Entities> tables_;
  std::map<std::string, std::set<std::string>> tables_of_;  // of what was put, by id
  std::map<std::int64_t, KeptEdge> edges_;                  // by op_id
  // Edges by either end; entries of ends that have moved on stay and are checked against the edge.
  TextMap<std::set<std::int64_t>> by_end_;
  TextSet taken_;  // ids whose edges were taken over from the base
};

}  // namespace choreo::projection
