// Checkpoints of entities: what a look at the past starts from, so that it replays few operations (docs/storage.md).
//
// Invariant: an entity gets one when the operations on it since the last one are at least Policy::min_operations and
// weigh at least twice as much as it does. As an operation counts for at most two entities, all checkpoints together
// stay below the log's own size. Merging passes what was counted for the merged entity on to the survivor, because
// replaying the survivor replays it too; kMaxReplay bounds how far that can go.
// Thread-safety: values, and one thread at a time for CheckpointTable.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "log/bodies.h"
#include "projection/store.h"
#include "sqlite/database.h"

namespace choreo::log {

struct CheckpointPolicy {
  // snapshot_interval: CHOREO_SNAPSHOT_INTERVAL. How many operations a look at a hundred entities may replay.
  static CheckpointPolicy of_interval(std::int64_t snapshot_interval) {
    return {snapshot_interval < 100 ? 1 : snapshot_interval / 100};
  }
  // Also where the database has them now, whatever the interval was then: for comparing these with a replay.
  static CheckpointPolicy where_they_are() {
    CheckpointPolicy policy = of_interval(kDefaultSnapshotInterval);
    policy.where_they_are_now = true;
    return policy;
  }
  std::int64_t min_operations;
  bool where_they_are_now = false;
};

// What has happened to an entity since its last checkpoint.
struct SinceCheckpoint {
  std::int64_t operations = 0;  // to be replayed, those on merged entities included
  std::int64_t bytes = 0;       // of the log; each counted once
};

class CheckpointTable {
 public:
  static Result<CheckpointTable> prepare(sqlite::Database& db, CheckpointPolicy policy);

  // Before a replay by where_they_are(), which empties the table: notes what is in it, in a table beside it.
  static Status note_places(sqlite::Database& db);

  // merged: by the operation at hand, another entity became part of this one.
  bool is_due(const SinceCheckpoint& since, const std::string& id, const projection::EntityState& entity, bool merged);
  // again: by the operation at hand there is one already, which it replaces.
  Status add(std::int64_t tid, const std::string& id, const projection::EntityState& entity, bool again);

 private:
  CheckpointTable(CheckpointPolicy policy, Bodies bodies) : policy_(policy), bodies_(std::move(bodies)) {}
  CheckpointPolicy policy_;
  Bodies bodies_;
  sqlite::Statement add_, body_;
  sqlite::Statement noted_;  // only for where_they_are()
};

}  // namespace choreo::log
