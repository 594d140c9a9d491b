// What a projection is kept in. The live one is in the instance's database (core/log); time travel replays into memory.
//
// Invariants: (table, id) names one entity, dead or alive; edges are in the order of the CON operations that made them.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::projection {

struct EntityState {
  bool alive = true;
  std::int64_t last_op = 0;  // the newest operation that changed it
  std::string data = "{}";   // canonical object: the fields, and _ops, _des, _seg, _provenance, _syn_from
};

struct Edge {
  std::int64_t op_id = 0;  // of its CON
  std::string source;
  std::string target;
  std::string stance;
  std::string coupling;  // a JSON number as it was sent
  std::string data;      // canonical object
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) = 0;
  // Adds it, or replaces what find() gave.
  virtual Status put(const std::string& table, const std::string& id, const EntityState& entity) = 0;
  // Adds it and returns true, or changes nothing and returns false, where it may be there already, dead or alive.
  virtual Result<bool> insert(const std::string& table, const std::string& id, const EntityState& entity) {
    CHOREO_ASSIGN(const std::optional<EntityState> there, find(table, id));
    if (there) return false;
    CHOREO_TRY(put(table, id, entity));
    return true;
  }
  // The alphabetically first table that has the id alive.
  virtual Result<std::optional<std::string>> first_table_alive(const std::string& id) = 0;

  virtual Status add_edge(const Edge& edge) = 0;
  // Every alive edge from or to the id dies.
  virtual Status kill_edges(const std::string& id) = 0;
  // Every alive edge from or to `from` gets `into` as that end.
  virtual Status move_edges(const std::string& from, const std::string& into) = 0;
};

}  // namespace choreo::projection
