// Replaying a log into its projection: rebuild, and the first opening of an old database.
#pragma once

#include "base/result.h"
#include "log/checkpoints.h"
#include "sqlite/database.h"

namespace choreo::log {

// Empties what is derived from the log and applies every operation again, in id order; corrects the counters.
// REQUIRES: a write transaction is open.
Status replay(sqlite::Database& db, CheckpointPolicy policy);

}  // namespace choreo::log
