#include "log/mentions.h"

#include <algorithm>

namespace choreo::log {

Result<MentionIndex> MentionIndex::prepare(sqlite::Database& db) {
  MentionIndex index;
  CHOREO_ASSIGN(index.add_,
                db.prepare("INSERT OR IGNORE INTO mentions(id, op_id, tid, nth) VALUES(?1, ?2, ?3, 1 + "
                           "coalesce((SELECT nth FROM mentions WHERE id = ?1 ORDER BY op_id DESC LIMIT 1), 0))"));
  return index;
}

Status MentionIndex::add(const Operation& operation, const std::vector<Change>& changes) {
  // First what was changed: an id is named and changed in one row.
  for (const Change& change : changes)
    if (!change.created && !change.unindexed)
      CHOREO_TRY(add_.bind(1, change.id).bind(2, operation.id).bind(3, change.tid).run());
  for (const std::string& id : mentioned_ids(operation.target)) {
    const auto created = std::find_if(changes.begin(), changes.end(), [&](const Change& change) {
      return change.created && !change.unindexed && change.id == id;
    });
    const std::int64_t tid = created == changes.end() ? 0 : created->tid;
    CHOREO_TRY(add_.bind(1, id).bind(2, operation.id).bind(3, tid).run());
  }
  return {};
}

}  // namespace choreo::log
