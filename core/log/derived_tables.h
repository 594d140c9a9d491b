// Everything that is derived from the log, kept up operation by operation: the projection, the index of mentions, the
// runs of late operations, the summaries of zones. Appending and replaying both go through here, so that they cannot
// differ.
//
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
// REQUIRES: load() when a transaction begins, flush() before it is committed.
#pragma once

#include "log/late_runs.h"
#include "log/mentions.h"
#include "log/projection_store.h"
#include "log/zones.h"

namespace choreo::log {

class DerivedTables {
 public:
  static Result<DerivedTables> prepare(sqlite::Database& db, CheckpointPolicy policy);

  // From `state`; the caller reads and writes max_ts_ms with the other counters.
  Status load(std::int64_t max_ts_ms, std::int64_t legacy_last_id, bool upgrading);
  // What is derived is that of the operations up to this one; those before the next may have gaps in their ids.
  void continue_after(std::int64_t id) { zones_.restore(id); }
  // The log's next operation, which is in the log already. ts_ms: its time; nothing where that cannot be read.
  Status apply(const Operation& operation, std::optional<std::int64_t> ts_ms);
  struct Totals {
    std::int64_t alive_delta = 0;  // alive entities since load()
    std::int64_t max_ts_ms = kNoTimeMs;
  };
  Result<Totals> flush();

  // The transaction was rolled back.
  void forget() { zones_.forget(); }

  // Around a part of the transaction that may be undone; the database's own savepoint is the caller's.
  void save();
  void restore();

  ProjectionStore& store() { return store_; }

 private:
  DerivedTables(ProjectionStore store, MentionIndex mentions, LateRuns late, ZoneWriter zones)
      : store_(std::move(store)), mentions_(std::move(mentions)), late_(std::move(late)), zones_(std::move(zones)) {}
  ProjectionStore store_;
  MentionIndex mentions_;
  LateRuns late_;
  ZoneWriter zones_;
  ProjectionStore::Counters saved_counters_;
  LateRuns::State saved_late_;
  std::int64_t saved_last_id_ = 0;
};

}  // namespace choreo::log
