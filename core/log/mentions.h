// The index behind biographies: which operations name an entity id (operation/operation.h mentioned_ids).
#pragma once

#include "base/result.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

class MentionIndex {
 public:
  static Result<MentionIndex> prepare(sqlite::Database& db) {
    MentionIndex index;
    CHOREO_ASSIGN(index.add_, db.prepare("INSERT OR IGNORE INTO mentions(id, op_id) VALUES(?, ?)"));
    return index;
  }
  Status add(const Operation& operation) {
    for (const std::string& id : mentioned_ids(operation.target))
      CHOREO_TRY(add_.bind(1, id).bind(2, operation.id).run());
    return {};
  }

 private:
  sqlite::Statement add_;
};

}  // namespace choreo::log
