// The tables of control.db and how they are brought up to date (docs/webhooks.md). Internal to core/control.
#pragma once

#include <string>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::control {

// How long a statement waits for another process's transaction; theirs are a few milliseconds long.
inline constexpr int kBusyTimeoutMs = 10000;

// Opens or makes `<control_dir>/control.db` at the current schema: write-ahead log, synchronous=FULL, readable by its
// owner only, since it holds secrets. Error unavailable/newer_schema: a later version of this program wrote it, and
// does not say that this one may use it.
Result<sqlite::Database> open_control_db(const std::string& control_dir);

}  // namespace choreo::control
