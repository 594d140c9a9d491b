#include "log/replay.h"

#include "base/timestamp.h"
#include "log/derived_tables.h"
#include "log/rows.h"
#include "log/schema.h"

namespace choreo::log {

Status replay(sqlite::Database& db, CheckpointPolicy policy) {
  CHOREO_TRY(clear_projection(db));
  CHOREO_ASSIGN(DerivedTables derived, DerivedTables::prepare(db, policy));
  CHOREO_ASSIGN(const std::int64_t legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_TRY(derived.load(kNoTimeMs, legacy_last_id));
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations ORDER BY id"));
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) break;
    CHOREO_ASSIGN(const Operation operation, operation_from(rows, legacy_last_id));
    const Result<std::int64_t> ts_ms = parse_timestamp(operation.ts);
    CHOREO_TRY(derived.apply(operation, ts_ms.ok() ? std::optional(*ts_ms) : std::nullopt));
  }
  CHOREO_ASSIGN(const DerivedTables::Totals totals, derived.flush());
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE state SET entities = ?, max_ts_ms = ?"));
  return update.bind(1, totals.alive_delta).bind(2, totals.max_ts_ms).run();
}

}  // namespace choreo::log
