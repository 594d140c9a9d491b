#include "log/replay.h"

#include "base/timestamp.h"
#include "log/derived_tables.h"
#include "log/rows.h"
#include "log/schema.h"

namespace choreo::log {

Status replay(sqlite::Database& db, CheckpointPolicy policy) {
  CHOREO_TRY(clear_projection(db));
  CHOREO_ASSIGN([[maybe_unused]] const std::int64_t last, replay_after(db, policy, 0, nullptr, {}));
  return {};
}

Result<std::int64_t> replay_after(sqlite::Database& db, CheckpointPolicy policy, std::int64_t after, LegacyRows* legacy,
                                  const std::function<bool()>& stop) {
  CHOREO_ASSIGN(DerivedTables derived, DerivedTables::prepare(db, policy));
  CHOREO_ASSIGN(const std::int64_t legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(const std::int64_t max_ts_ms, db.query_integer("SELECT max_ts_ms FROM state", kNoTimeMs));
  CHOREO_TRY(derived.load(max_ts_ms, legacy_last_id, false));
  derived.continue_after(after);
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations WHERE id > ? ORDER BY id"));
  rows.bind(1, after);
  std::int64_t last = after;
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) break;
    CHOREO_ASSIGN(Operation operation, operation_from(rows, legacy_last_id));
    if (legacy && operation.id <= legacy_last_id) CHOREO_TRY(legacy->take(operation, rows.is_null(1)));
    const Result<std::int64_t> ts_ms = parse_timestamp(operation.ts);
    CHOREO_TRY(derived.apply(operation, ts_ms.ok() ? std::optional(*ts_ms) : std::nullopt));
    last = operation.id;
    if (stop && stop()) break;
  }
  rows.reset();
  CHOREO_ASSIGN(const DerivedTables::Totals totals, derived.flush());
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE state SET entities = entities + ?, max_ts_ms = ?"));
  CHOREO_TRY(update.bind(1, totals.alive_delta).bind(2, totals.max_ts_ms).run());
  return last;
}

}  // namespace choreo::log
