// Deriving everything from the log again.
#pragma once

#include <functional>

#include "base/result.h"
#include "log/checkpoints.h"
#include "log/legacy.h"
#include "sqlite/database.h"

namespace choreo::log {

// REQUIRES: a transaction. Empties what is derived from the log and applies all of it.
Status replay(sqlite::Database& db, CheckpointPolicy policy);

// REQUIRES: a transaction; what is derived is that of the operations up to `after`. Applies those after it until
// stop(), which is asked after each; returns the last one. legacy: brings the earlier system's rows into order on the
// way.
Result<std::int64_t> replay_after(sqlite::Database& db, CheckpointPolicy policy, std::int64_t after, LegacyRows* legacy,
                                  const std::function<bool()>& stop);

}  // namespace choreo::log
