// A state to read from: the live one, or the one that some operation of the past left (time travel).
//
// Invariant: everything one view answers belongs to one moment.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "projection/store.h"

namespace choreo::projection {

enum class Liveness { alive, dead, both };
inline bool counts(Liveness liveness, bool alive) {
  return liveness == Liveness::both || alive == (liveness == Liveness::alive);
}

class View {
 public:
  virtual ~View() = default;

  // Tables that have had an entity, by name. Cost: that of all tables.
  virtual Result<std::vector<std::string>> tables() = 0;
  // Those that may have had an entity of that id, by name. Cost: does not grow with the number of other tables.
  virtual Result<std::vector<std::string>> tables_of(const std::string& id) = 0;
  virtual Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) = 0;
  // The entity in the alphabetically first table that has the id alive.
  struct Named {
    std::string table;
    EntityState entity;
  };
  virtual Result<std::optional<Named>> find_alive(const std::string& id) {
    CHOREO_ASSIGN(const std::vector<std::string> tables, tables_of(id));
    for (const std::string& table : tables) {
      CHOREO_ASSIGN(std::optional<EntityState> entity, find(table, id));
      if (entity && entity->alive) return std::optional(Named{table, std::move(*entity)});
    }
    return std::optional<Named>();
  }
  // Entities of a table with a greater id than `after`, in id order. each() returns false to stop.
  using Each = std::function<Result<bool>(const std::string& id, const EntityState& entity)>;
  virtual Status scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) = 0;
  // Alive edges from or to the id, each once, in the order of their CONs.
  virtual Result<std::vector<Edge>> edges_of(const std::string& id) = 0;
};

}  // namespace choreo::projection
