// Which operations of a log have a time earlier than one before them (seeds honour any time), as runs of consecutive
// ids: what turns a time into a position in the log without reading the log.
//
// Invariants: an operation is in a run exactly if its time is earlier than state.max_ts_ms was when it was appended, or
// cannot be read (the earlier system's may be anything); the times of all others ascend with their ids. A run that
// grows is written when the transaction ends.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr std::int64_t kNoTimeMs = -9000000000000000;  // earlier than any time

struct LateRun {
  std::int64_t first_id = 0;
  std::int64_t last_id = 0;
  std::int64_t min_ts_ms = 0;
};

// For the transaction that appends.
class LateRuns {
 public:
  static Result<LateRuns> prepare(sqlite::Database& db);

  // Starts a transaction: the log's latest time so far.
  void load(std::int64_t max_ts_ms);
  // The next operation of the log; nothing where its time cannot be read.
  Status add(std::int64_t id, std::optional<std::int64_t> ts_ms);
  // Writes what has grown.
  Status flush();
  std::int64_t max_ts_ms() const { return state_.max_ts_ms; }

  // As they are at a savepoint, to be put back when the database is rolled back to it.
  struct State {
    std::int64_t max_ts_ms = kNoTimeMs;
    std::optional<LateRun> open;  // the log's last run, once a late operation has come
    bool changed = false;
  };
  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  LateRuns() = default;
  Status open_last_run();
  State state_;
  sqlite::Statement last_, save_;
};

// Where a moment lies: all operations up to last_id count, and of those in `late` the ones whose time is not after it.
struct Position {
  std::int64_t last_id = 0;
  std::vector<LateRun> late;  // after last_id, in order
};

// The longest beginning of the log that holds nothing later than until_ms, as its last id.
// Cost: logarithmic in the log.
Result<std::int64_t> prefix_until(sqlite::Database& db, std::int64_t until_ms, std::int64_t cap);

// until_ms: Unix milliseconds, inclusive. cap: no operation after this id counts.
// Cost: logarithmic in the log, and linear in the runs after the position.
Result<Position> position_at(sqlite::Database& db, std::int64_t until_ms, std::int64_t cap);

}  // namespace choreo::log
