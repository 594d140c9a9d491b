// The index behind biographies and time travel: which operations name an entity id (operation/operation.h
// mentioned_ids), and which table's entity of that id each of them changed.
//
// Invariant: every operation that changed an entity has a row for it, but for the one that made it where that named
// no id (a feedback rule without one).
#pragma once

#include <vector>

#include "base/result.h"
#include "log/projection_store.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

class MentionIndex {
 public:
  static Result<MentionIndex> prepare(sqlite::Database& db);
  // changes: what the operation did to the projection.
  Status add(const Operation& operation, const std::vector<Change>& changes);

 private:
  MentionIndex() = default;
  sqlite::Statement add_;
};

}  // namespace choreo::log
