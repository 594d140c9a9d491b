// Which alive entity of a table has which text in one field: what a snapshot with match_on asks for each row.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "log/projection_store.h"

namespace choreo::append {

// The value by which a stored field is compared: a superposed one's first variant, nothing (an empty view) for a
// destroyed or absent one. value: null where the entity has no such field.
std::string_view comparable(const std::string_view* value);

// Holds what was true once, and checks each answer against the state: whoever changes an entity need only note() it.
// Not thread-safe. The store must outlive it.
class MatchIndex {
 public:
  // field: as a member's key (escaped).
  MatchIndex(log::ProjectionStore& state, std::string table, std::string field)
      : state_(state), table_(std::move(table)), field_(std::move(field)) {}

  // Reads the whole table.
  Status build();
  // The lowest id of an alive entity whose field has that text.
  Result<std::optional<std::string>> find(const std::string& key);
  // The entity may have got another value, or come to life.
  Status note(const std::string& id);

 private:
  Result<std::string> key_of(const std::string& id);

  log::ProjectionStore& state_;
  std::string table_;
  std::string field_;
  // The ids of each text, ascending; some may be out of date. A tree: its cost cannot be chosen by the client.
  std::set<std::pair<std::string, std::string>> ids_;
};

}  // namespace choreo::append
