// What a projection is kept in. The live one is in the instance's database (core/log); time travel replays into memory.
//
// Invariants: (table, id) names one entity, dead or alive; edges are in the order of the CON operations that made them.
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::projection {

// What an entity gathers without end: one element for each SEG, one for each SYN.
enum class List { seg, syn_from };
inline constexpr std::array<std::string_view, 2> kListNames = {"_seg", "_syn_from"};

struct EntityState {
  bool alive = true;
  std::int64_t last_op = 0;  // the newest operation that changed it
  std::string data = "{}";   // canonical object: the fields, and _ops, _des, _seg, _provenance, _syn_from
  // By List: the newest part of the list that the store keeps apart; the member in data is an array then, of what comes
  // after it. 0: all of it is in data. Readers get it whole (View).
  std::array<std::int64_t, 2> parts = {};

  bool has_parts() const { return parts[0] != 0 || parts[1] != 0; }
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
  // Keeps elements, which operation op_id completed, apart: the list's part after the part `before` (0: its first one).
  // Returns the new part; 0: this store keeps lists whole. Parts never change, so entities may share them.
  virtual Result<std::int64_t> keep_part(std::int64_t op_id, std::int64_t before, std::string_view elements) {
    (void)op_id, (void)before, (void)elements;
    return std::int64_t{0};
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
