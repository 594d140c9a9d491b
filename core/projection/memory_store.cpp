#include "projection/memory_store.h"

#include <algorithm>
#include <utility>

namespace choreo::projection {

Result<std::optional<EntityState>> MemoryStore::find(const std::string& table, const std::string& id) {
  const auto entities = tables_.find(table);
  if (entities != tables_.end()) {
    const auto it = entities->second.find(id);
    if (it != entities->second.end()) return std::optional(it->second);
  }
  return base_ ? base_->find(table, id) : std::optional<EntityState>();
}

Status MemoryStore::put(const std::string& table, const std::string& id, const EntityState& entity) {
  const auto [there, added] = tables_[table].insert_or_assign(id, entity);
  if (added) tables_of_[id].insert(table);
  return {};
}

Result<std::optional<std::string>> MemoryStore::first_table_alive(const std::string& id) {
  CHOREO_ASSIGN(std::optional<Named> found, find_alive(id));
  return found ? std::optional(std::move(found->table)) : std::optional<std::string>();
}

void MemoryStore::keep(const Edge& edge) {
  if (!edges_.emplace(edge.op_id, KeptEdge{edge}).second) return;
  by_end_[edge.source].insert(edge.op_id);
  by_end_[edge.target].insert(edge.op_id);
}

Status MemoryStore::take_edges(const std::string& id) {
  if (!base_ || !taken_.insert(id).second) return {};
  CHOREO_ASSIGN(const std::vector<Edge> edges, base_->edges_of(id));
  for (const Edge& edge : edges) keep(edge);
  return {};
}

Status MemoryStore::add_edge(const Edge& edge) {
  keep(edge);
  return {};
}

Status MemoryStore::kill_edges(const std::string& id) {
  CHOREO_TRY(take_edges(id));
  for (std::int64_t op_id : by_end_[id]) {
    KeptEdge& kept = edges_.at(op_id);
    if (kept.edge.source == id || kept.edge.target == id) kept.alive = false;
  }
  return {};
}

Status MemoryStore::move_edges(const std::string& from, const std::string& into) {
  if (from == into) return {};
  CHOREO_TRY(take_edges(from));
  CHOREO_TRY(take_edges(into));
  // What stayed would be walked through by each later merge: entities merged to and fro would cost ever more.
  const std::set<std::int64_t> moved = std::exchange(by_end_[from], {});
  for (std::int64_t op_id : moved) {
    KeptEdge& kept = edges_.at(op_id);
    if (!kept.alive || (kept.edge.source != from && kept.edge.target != from)) continue;
    if (kept.edge.source == from) kept.edge.source = into;
    if (kept.edge.target == from) kept.edge.target = into;
    by_end_[into].insert(op_id);
  }
  return {};
}

Result<std::vector<std::string>> MemoryStore::tables() {
  std::set<std::string> names;
  if (base_) {
    CHOREO_ASSIGN(const std::vector<std::string> known, base_->tables());
    names.insert(known.begin(), known.end());
  }
  for (const auto& [name, entities] : tables_) names.insert(name);
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> MemoryStore::tables_of(const std::string& id) {
  const auto own = tables_of_.find(id);
  std::set<std::string> names = own == tables_of_.end() ? std::set<std::string>() : own->second;
  if (base_) {
    CHOREO_ASSIGN(const std::vector<std::string> known, base_->tables_of(id));
    names.insert(known.begin(), known.end());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status MemoryStore::scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) {
  const Entities none;
  const auto found = tables_.find(table);
  const Entities& own = found == tables_.end() ? none : found->second;
  auto next = own.upper_bound(after);
  bool stopped = false;
  // Our own entities that come before `id`, or all that are left.
  const auto give_own = [&](const std::string* id) -> Status {
    for (; !stopped && next != own.end() && (!id || next->first < *id); ++next) {
      if (!counts(liveness, next->second.alive)) continue;
      CHOREO_ASSIGN(const bool more, each(next->first, next->second));
      stopped = !more;
    }
    return {};
  };
  if (base_) {
    CHOREO_TRY(base_->scan(table, after, Liveness::both,
                           [&](const std::string& id, const EntityState& entity) -> Result<bool> {
                             CHOREO_TRY(give_own(&id));
                             const bool hidden = next != own.end() && next->first == id;
                             if (stopped || hidden || !counts(liveness, entity.alive)) return !stopped;
                             CHOREO_ASSIGN(const bool more, each(id, entity));
                             stopped = !more;
                             return more;
                           }));
  }
  return give_own(nullptr);
}

Result<std::vector<Edge>> MemoryStore::edges_of(const std::string& id) {
  CHOREO_TRY(take_edges(id));
  std::vector<Edge> found;
  const auto ends = by_end_.find(id);
  if (ends == by_end_.end()) return found;
  for (std::int64_t op_id : ends->second) {
    const KeptEdge& kept = edges_.at(op_id);
    if (kept.alive && (kept.edge.source == id || kept.edge.target == id)) found.push_back(kept.edge);
  }
  return found;
}

std::vector<MemoryStore::KeptEdge> MemoryStore::edges() const {
  std::vector<KeptEdge> all;
  for (const auto& [op_id, kept] : edges_) all.push_back(kept);
  return all;
}

std::size_t MemoryStore::size() const {
  std::size_t count = 0;
  for (const auto& [name, entities] : tables_) count += entities.size();
  return count;
}

}  // namespace choreo::projection
