// Bringing an instance's file up to the current schema in steps, each a transaction of its own, so that appends are
// never held for long whatever the file's size (docs/storage.md).
//
// A file of version 2 serves once its log has been looked through: rows of both forms are read, changed rows get the
// new form, and steps give it to the rest. If an operation has another meaning than it had for version 2, the log is
// replayed. One of version 1 or of the earlier system serves once its log has been replayed. Until a file serves,
// opening it fails with unavailable/upgrading, and goes on where it was. Thread-safety: one thread at a time.
// REQUIRES: the InstanceLock where the file is an instance already.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::log {

// How long an append may be held by upgrading: while a file that does not serve yet is opened, and in a transaction
// that appends. What is written is limited too, since committing it takes its time.
inline constexpr std::int64_t kUpgradeHoldMs = 1000;
inline constexpr std::int64_t kUpgradeStepMs = 100;
inline constexpr std::int64_t kUpgradeStepBytes = 2 << 20;

// state.upgrading. What follows a phase is done by later ones: replay and checkpoints are followed by keys.
enum class Phase : std::int64_t {
  done = 0,
  replay = 1,       // the log of version 1 or of the earlier system is applied to empty derived tables
  entities = 2,     // long ones get a body, those of far tables a row in id_tables
  checkpoints = 3,  // long ones get a body
  keys = 4,         // long answers leave the rows of clients' keys
  scan = 5,         // of version 2: is there an operation that was applied otherwise? No: entities are next
  clear = 6,        // yes: the derived tables are emptied, some rows at a time
  apply_again = 7,  // and the log is applied to them
};

// Whether the file can be read and appended to. Until then what is derived is not that of the log.
constexpr bool serves(Phase phase) {
  return phase == Phase::done || phase == Phase::entities || phase == Phase::checkpoints || phase == Phase::keys;
}

// How long a step may take; at least one row is done in each.
class Hold {
 public:
  explicit Hold(std::int64_t ms, Clock& clock = system_clock())
      : clock_(clock), until_us_(clock.steady_us() + ms * 1000) {}
  bool over() { return written_ >= kUpgradeStepBytes || clock_.steady_us() >= until_us_; }
  void wrote(std::size_t bytes) { written_ += static_cast<std::int64_t>(bytes); }

 private:
  Clock& clock_;
  std::int64_t until_us_;
  std::int64_t written_ = 0;
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
