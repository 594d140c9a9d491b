#include "log/derived_tables.h"

#include "projection/projector.h"

namespace choreo::log {

Result<DerivedTables> DerivedTables::prepare(sqlite::Database& db, CheckpointPolicy policy) {
  CHOREO_ASSIGN(ProjectionStore store, ProjectionStore::prepare(db, policy));
  CHOREO_ASSIGN(MentionIndex mentions, MentionIndex::prepare(db));
  CHOREO_ASSIGN(LateRuns late, LateRuns::prepare(db));
  CHOREO_ASSIGN(ZoneWriter zones, ZoneWriter::prepare(db));
  return DerivedTables(std::move(store), std::move(mentions), std::move(late), std::move(zones));
}

Status DerivedTables::load(std::int64_t max_ts_ms, std::int64_t legacy_last_id, bool upgrading) {
  zones_.load(legacy_last_id);
  late_.load(max_ts_ms);
  return store_.load(upgrading);
}

Status DerivedTables::apply(const Operation& operation, std::optional<std::int64_t> ts_ms) {
  store_.begin_operation(operation);
  CHOREO_TRY(projection::apply(operation, store_));
  CHOREO_TRY(mentions_.add(operation, store_.changes()));
  CHOREO_TRY(zones_.add(operation));
  return late_.add(operation.id, ts_ms);
}

Result<DerivedTables::Totals> DerivedTables::flush() {
  CHOREO_TRY(late_.flush());
  CHOREO_ASSIGN(const std::int64_t alive_delta, store_.flush());
  return Totals{alive_delta, late_.max_ts_ms()};
}

void DerivedTables::save() {
  saved_counters_ = store_.counters();
  saved_late_ = late_.state();
  saved_last_id_ = zones_.last_id();
}

void DerivedTables::restore() {
  store_.restore(std::move(saved_counters_));
  late_.restore(saved_late_);
  zones_.restore(saved_last_id_);
}

}  // namespace choreo::log
