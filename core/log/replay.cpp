#include "log/replay.h"

#include "log/mentions.h"
#include "log/projection_store.h"
#include "log/rows.h"
#include "log/schema.h"
#include "projection/projector.h"

namespace choreo::log {

Status replay(sqlite::Database& db) {
  CHOREO_TRY(clear_projection(db));
  CHOREO_ASSIGN(ProjectionStore store, ProjectionStore::prepare(db));
  CHOREO_ASSIGN(MentionIndex mentions, MentionIndex::prepare(db));
  CHOREO_ASSIGN(const std::int64_t legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_TRY(store.load());
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations ORDER BY id"));
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) break;
    CHOREO_ASSIGN(const Operation operation, operation_from(rows, legacy_last_id));
    CHOREO_TRY(projection::apply(operation, store));
    CHOREO_TRY(mentions.add(operation));
  }
  CHOREO_ASSIGN(const std::int64_t alive, store.flush());
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE state SET entities = ?"));
  return update.bind(1, alive).run();
}

}  // namespace choreo::log
