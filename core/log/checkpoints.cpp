#include "log/checkpoints.h"

namespace choreo::log {
namespace {

constexpr std::int64_t kRowBytes = 24;    // of a checkpoint besides id and data, about
constexpr std::int64_t kMaxReplay = 500;  // operations, where merges of merges hold each other's checkpoints up

}  // namespace

Result<CheckpointTable> CheckpointTable::prepare(sqlite::Database& db, CheckpointPolicy policy) {
  CHOREO_ASSIGN(Bodies bodies, Bodies::prepare(db));
  CheckpointTable table(policy, std::move(bodies));
  CHOREO_ASSIGN(table.add_,
                db.prepare("INSERT OR REPLACE INTO checkpoints(tid, id, op_id, alive, data, body, seg_part, "
                           "syn_part) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  CHOREO_ASSIGN(table.body_, db.prepare("SELECT body FROM checkpoints WHERE tid = ? AND id = ? AND op_id = ?"));
  if (policy.where_they_are_now) {
    CHOREO_ASSIGN(table.noted_, db.prepare("SELECT 1 FROM noted_checkpoints WHERE id = ? AND op_id = ?"));
  }
  return table;
}

Status CheckpointTable::note_places(sqlite::Database& db) {
  return db.exec(
      "CREATE TABLE noted_checkpoints(id, op_id, PRIMARY KEY(id, op_id)) WITHOUT ROWID;"
      "INSERT OR IGNORE INTO noted_checkpoints SELECT id, op_id FROM checkpoints");
}

bool CheckpointTable::is_due(const SinceCheckpoint& since, const std::string& id, const projection::EntityState& entity,
                             bool merged) {
  if (policy_.where_they_are_now) {
    const sqlite::ResetGuard guard(noted_);
    const Result<bool> noted = noted_.bind(1, id).bind(2, entity.last_op).step();
    if (noted.ok() && *noted) return true;
  }
  if (merged && since.operations >= kMaxReplay) return true;
  const auto size = static_cast<std::int64_t>(id.size() + entity.data.size()) + kRowBytes;
  return since.operations >= policy_.min_operations && since.bytes >= 2 * size;
}

Status CheckpointTable::add(std::int64_t tid, const std::string& id, const projection::EntityState& entity,
                            bool again) {
  std::int64_t body = 0;
  if (again) {
    const sqlite::ResetGuard guard(body_);
    CHOREO_ASSIGN(const bool row, body_.bind(1, tid).bind(2, id).bind(3, entity.last_op).step());
    if (row) body = body_.integer(0);
  }
  CHOREO_ASSIGN(body, bodies_.put(body, id, entity.data));
  return add_.bind(1, tid)
      .bind(2, id)
      .bind(3, entity.last_op)
      .bind(4, std::int64_t{entity.alive})
      .bind(5, body == 0 ? std::string_view(entity.data) : std::string_view())
      .bind(6, body)
      .bind(7, entity.parts[0])
      .bind(8, entity.parts[1])
      .run();
}

}  // namespace choreo::log
