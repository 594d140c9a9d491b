// A projection in memory: what time travel replays into.
//
// Cost: an entity or an edge is found by hash or tree; memory is that of the state, not of the log.
// Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "projection/store.h"
#include "projection/view.h"

namespace choreo::projection {

class MemoryStore : public Store, public View {
 public:
  Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) override;
  Status put(const std::string& table, const std::string& id, const EntityState& entity) override;
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override;
  Status add_edge(const Edge& edge) override;
  Status kill_edges(const std::string& id) override;
  Status move_edges(const std::string& from, const std::string& into) override;

  Result<std::vector<std::string>> tables() override;
  Status scan(const std::string& table, Liveness liveness, const Each& each) override;
  Result<std::vector<Edge>> edges_of(const std::string& id) override;

  std::size_t size() const;
  struct KeptEdge {
    Edge edge;
    bool alive = true;
  };
  const std::vector<KeptEdge>& edges() const { return edges_; }

 private:
  std::map<std::string, std::map<std::string, EntityState>> tables_;
  std::vector<KeptEdge> edges_;
  // Indexes into edges_ by either end; entries of ends that have moved on stay and are checked against the edge.
  std::unordered_map<std::string, std::vector<std::size_t>> by_end_;
};

}  // namespace choreo::projection
