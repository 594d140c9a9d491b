// Bringing an instance's file up to the current schema in steps, each a transaction of its own, so that appends are
// never held for long whatever the file's size (docs/storage.md).
//
// A file of version 2 serves while it is upgraded: rows of both forms are read, changed rows get the new form, and
// steps give it to the rest. One of version 1 or of the earlier system serves once its log has been replayed; until
// then opening it fails with unavailable/upgrading, and goes on where it was. Thread-safety: one thread at a time.
// REQUIRES: the InstanceLock where the file is an instance already.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

// How long an append may be held by upgrading: while a file is opened, and in a transaction that appends.
inline constexpr std::int64_t kUpgradeHoldMs = 1000;
inline constexpr std::int64_t kUpgradeStepMs = 100;

// state.upgrading. What follows a phase is done by later ones: replay and checkpoints are followed by keys.
enum class Phase : std::int64_t {
  done = 0,
  replay = 1,       // the log is applied to empty derived tables
  entities = 2,     // long ones get a body, those of far tables a row in id_tables
  checkpoints = 3,  // long ones get a body
  keys = 4,         // long answers leave the rows of clients' keys
};

// How long a step may take; at least one row is done in each.
class Hold {
 public:
  explicit Hold(std::int64_t ms, Clock& clock = system_clock())
      : clock_(clock), until_us_(clock.steady_us() + ms * 1000) {}
  bool over() { return clock_.steady_us() >= until_us_; }

 private:
  Clock& clock_;
  std::int64_t until_us_;
};

// In the transaction that changes the schema; `upgrade` has one row, the place, while state.upgrading is not 0.
Status begin_upgrade(sqlite::Database& db, Phase first);

// REQUIRES: a write transaction. Goes on from state.upgrading; returns what is to be done then.
Result<Phase> upgrade_step(sqlite::Database& db, Hold& hold);

// After a rebuild, in its transaction: the derived tables have the new form.
Status note_rebuilt(sqlite::Database& db);

// Steps, in transactions of their own, until the file serves; then at most one more. slug: for the error.
// Errors: unavailable/upgrading, with how far it has come.
Status upgrade_until(sqlite::Database& db, const std::string& slug, std::int64_t hold_ms, std::int64_t step_ms);

Result<Phase> phase_of(sqlite::Database& db);

}  // namespace choreo::log
