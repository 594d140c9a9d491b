#include "log/late_runs.h"

#include <algorithm>

#include "base/timestamp.h"

namespace choreo::log {
namespace {

// An operation that is in no run.
struct InOrder {
  std::int64_t id = 0;
  std::int64_t ts_ms = 0;
};

class Finder {
 public:
  static Result<Finder> prepare(sqlite::Database& db) {
    Finder finder;
    CHOREO_ASSIGN(finder.operation_,
                  db.prepare("SELECT id, ts FROM operations WHERE id <= ? ORDER BY id DESC LIMIT 1"));
    CHOREO_ASSIGN(finder.run_, db.prepare("SELECT first_id, last_id FROM late_runs WHERE first_id <= ? "
                                          "ORDER BY first_id DESC LIMIT 1"));
    CHOREO_ASSIGN(finder.later_runs_, db.prepare("SELECT first_id, last_id, min_ts_ms FROM late_runs "
                                                 "WHERE first_id > ? AND first_id <= ? ORDER BY first_id"));
    return finder;
  }

  // The newest such operation up to that id; ids have gaps in logs of the earlier system.
  Result<std::optional<InOrder>> in_order_before(std::int64_t id) {
    while (true) {
      const sqlite::ResetGuard guard(operation_), run_guard(run_);
      CHOREO_ASSIGN(const bool found, operation_.bind(1, id).step());
      if (!found) return std::optional<InOrder>();
      const std::int64_t found_id = operation_.integer(0);
      CHOREO_ASSIGN(const bool run, run_.bind(1, found_id).step());
      if (run && run_.integer(1) >= found_id) {
        id = run_.integer(0) - 1;
        continue;
      }
      CHOREO_ASSIGN(const std::int64_t ts_ms, parse_timestamp(operation_.text(1)));
      return std::optional(InOrder{found_id, ts_ms});
    }
  }

  Result<std::vector<LateRun>> runs_between(std::int64_t after, std::int64_t cap, std::int64_t until_ms) {
    std::vector<LateRun> runs;
    const sqlite::ResetGuard guard(later_runs_);
    later_runs_.bind(1, after).bind(2, cap);
    while (true) {
      CHOREO_ASSIGN(const bool row, later_runs_.step());
      if (!row) return runs;
      if (later_runs_.integer(2) > until_ms) continue;
      runs.push_back({later_runs_.integer(0), std::min(later_runs_.integer(1), cap), later_runs_.integer(2)});
    }
  }

 private:
  sqlite::Statement operation_, run_, later_runs_;
};

}  // namespace

Result<LateRuns> LateRuns::prepare(sqlite::Database& db) {
  LateRuns runs;
  CHOREO_ASSIGN(runs.last_,
                db.prepare("SELECT first_id, last_id, min_ts_ms FROM late_runs ORDER BY first_id DESC LIMIT 1"));
  CHOREO_ASSIGN(runs.save_,
                db.prepare("INSERT OR REPLACE INTO late_runs(first_id, last_id, min_ts_ms) VALUES(?, ?, ?)"));
  return runs;
}

void LateRuns::load(std::int64_t max_ts_ms) {
  state_ = {};
  state_.max_ts_ms = max_ts_ms;
}

Status LateRuns::open_last_run() {
  const sqlite::ResetGuard guard(last_);
  CHOREO_ASSIGN(const bool row, last_.step());
  if (row) state_.open = LateRun{last_.integer(0), last_.integer(1), last_.integer(2)};
  return {};
}

Status LateRuns::add(std::int64_t id, std::optional<std::int64_t> ts_ms) {
  if (ts_ms && *ts_ms >= state_.max_ts_ms) {
    state_.max_ts_ms = *ts_ms;
    return {};
  }
  // What cannot be read happened when its predecessor did.
  const std::int64_t ts = ts_ms.value_or(state_.max_ts_ms);
  if (!state_.open) CHOREO_TRY(open_last_run());
  if (!state_.open || state_.open->last_id != id - 1) {
    CHOREO_TRY(flush());
    state_.open = LateRun{id, id, ts};
  }
  state_.open->last_id = id;
  state_.open->min_ts_ms = std::min(state_.open->min_ts_ms, ts);
  state_.changed = true;
  return {};
}

Status LateRuns::flush() {
  if (!state_.changed) return {};
  state_.changed = false;
  return save_.bind(1, state_.open->first_id).bind(2, state_.open->last_id).bind(3, state_.open->min_ts_ms).run();
}

namespace {

Result<std::int64_t> prefix_until(Finder& finder, std::int64_t until_ms, std::int64_t cap) {
  // Every operation in order at or before `low` counts, `high` does not.
  std::int64_t low = 0;
  CHOREO_ASSIGN(const std::optional<InOrder> last, finder.in_order_before(cap));
  if (!last || last->ts_ms <= until_ms) return cap;
  std::int64_t high = last->id;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    CHOREO_ASSIGN(const std::optional<InOrder> probe, finder.in_order_before(middle));
    if (!probe || probe->id <= low || probe->ts_ms <= until_ms)
      low = middle;
    else
      high = probe->id;
  }
  return high - 1;
}

}  // namespace

Result<std::int64_t> prefix_until(sqlite::Database& db, std::int64_t until_ms, std::int64_t cap) {
  CHOREO_ASSIGN(Finder finder, Finder::prepare(db));
  return prefix_until(finder, until_ms, cap);
}

Result<Position> position_at(sqlite::Database& db, std::int64_t until_ms, std::int64_t cap) {
  CHOREO_ASSIGN(Finder finder, Finder::prepare(db));
  Position position;
  CHOREO_ASSIGN(position.last_id, prefix_until(finder, until_ms, cap));
  if (position.last_id < cap) {
    CHOREO_ASSIGN(position.late, finder.runs_between(position.last_id + 1, cap, until_ms));
  }
  return position;
}

}  // namespace choreo::log
