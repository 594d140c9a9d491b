#include "projection/memory_store.h"

#include <algorithm>

namespace choreo::projection {

Result<std::optional<EntityState>> MemoryStore::find(const std::string& table, const std::string& id) {
  const auto entities = tables_.find(table);
  if (entities == tables_.end()) return std::optional<EntityState>();
  const auto it = entities->second.find(id);
  return it == entities->second.end() ? std::optional<EntityState>() : std::optional(it->second);
}

Status MemoryStore::put(const std::string& table, const std::string& id, const EntityState& entity) {
  tables_[table][id] = entity;
  return {};
}

Result<std::optional<std::string>> MemoryStore::first_table_alive(const std::string& id) {
  for (const auto& [table, entities] : tables_) {
    const auto it = entities.find(id);
    if (it != entities.end() && it->second.alive) return std::optional(table);
  }
  return std::optional<std::string>();
}

Status MemoryStore::add_edge(const Edge& edge) {
  by_end_[edge.source].push_back(edges_.size());
  if (edge.target != edge.source) by_end_[edge.target].push_back(edges_.size());
  edges_.push_back({edge});
  return {};
}

Status MemoryStore::kill_edges(const std::string& id) {
  const auto ends = by_end_.find(id);
  if (ends == by_end_.end()) return {};
  for (std::size_t i : ends->second)
    if (edges_[i].edge.source == id || edges_[i].edge.target == id) edges_[i].alive = false;
  return {};
}

Status MemoryStore::move_edges(const std::string& from, const std::string& into) {
  const auto ends = by_end_.find(from);
  if (ends == by_end_.end() || from == into) return {};
  const std::vector<std::size_t> moved = ends->second;
  for (std::size_t i : moved) {
    KeptEdge& kept = edges_[i];
    if (!kept.alive || (kept.edge.source != from && kept.edge.target != from)) continue;
    if (kept.edge.source == from) kept.edge.source = into;
    if (kept.edge.target == from) kept.edge.target = into;
    by_end_[into].push_back(i);
  }
  return {};
}

Result<std::vector<std::string>> MemoryStore::tables() {
  std::vector<std::string> names;
  for (const auto& [name, entities] : tables_) names.push_back(name);
  return names;
}

Status MemoryStore::scan(const std::string& table, Liveness liveness, const Each& each) {
  const auto entities = tables_.find(table);
  if (entities == tables_.end()) return {};
  for (const auto& [id, entity] : entities->second) {
    if (liveness != Liveness::both && entity.alive != (liveness == Liveness::alive)) continue;
    CHOREO_ASSIGN(const bool more, each(id, entity));
    if (!more) return {};
  }
  return {};
}

Result<std::vector<Edge>> MemoryStore::edges_of(const std::string& id) {
  std::vector<Edge> found;
  const auto ends = by_end_.find(id);
  if (ends == by_end_.end()) return found;
  std::vector<std::size_t> indexes = ends->second;
  std::sort(indexes.begin(), indexes.end());
  indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
  for (std::size_t i : indexes)
    if (edges_[i].alive && (edges_[i].edge.source == id || edges_[i].edge.target == id))
      found.push_back(edges_[i].edge);
  return found;
}

std::size_t MemoryStore::size() const {
  std::size_t count = 0;
  for (const auto& [name, entities] : tables_) count += entities.size();
  return count;
}

}  // namespace choreo::projection
