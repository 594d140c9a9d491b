// A projection in memory, for tests of what operators do.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "projection/store.h"

namespace choreo::test {

class MemoryStore : public projection::Store {
 public:
  struct KeptEdge {
    projection::Edge edge;
    bool alive = true;
  };

  Result<std::optional<projection::EntityState>> find(const std::string& table, const std::string& id) override {
    const auto it = entities_.find({table, id});
    return it == entities_.end() ? std::optional<projection::EntityState>() : std::optional(it->second);
  }
  Status put(const std::string& table, const std::string& id, const projection::EntityState& entity) override {
    entities_[{table, id}] = entity;
    return {};
  }
  Result<std::optional<std::string>> first_table_alive(const std::string& id) override {
    for (const auto& [key, entity] : entities_)
      if (key.second == id && entity.alive) return std::optional(key.first);
    return std::optional<std::string>();
  }
  Status add_edge(const projection::Edge& edge) override {
    edges_.push_back({edge});
    return {};
  }
  Status kill_edges(const std::string& id) override {
    for (KeptEdge& kept : edges_)
      if (kept.edge.source == id || kept.edge.target == id) kept.alive = false;
    return {};
  }
  Status move_edges(const std::string& from, const std::string& into) override {
    for (KeptEdge& kept : edges_) {
      if (!kept.alive) continue;
      if (kept.edge.source == from) kept.edge.source = into;
      if (kept.edge.target == from) kept.edge.target = into;
    }
    return {};
  }

  std::size_t size() const { return entities_.size(); }
  const std::vector<KeptEdge>& edges() const { return edges_; }
  std::int64_t alive_edges() const {
    return std::count_if(edges_.begin(), edges_.end(), [](const KeptEdge& kept) { return kept.alive; });
  }

 private:
  std::map<std::pair<std::string, std::string>, projection::EntityState> entities_;
  std::vector<KeptEdge> edges_;
};

}  // namespace choreo::test
