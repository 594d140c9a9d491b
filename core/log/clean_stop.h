// What a process does with the logs when it ends in order: everything goes into the databases, so that a `.db` that is
// copied afterwards is whole without its `-wal`.
//
// Every process does it when it ends. A process leaves the logs that another one still uses, so the last one does the
// rest. Invariants: each log is emptied under its InstanceLock, so that its name cannot become another database's
// meanwhile; no log is deleted. Thread-safety: values.
#pragma once

#include <cstdint>

#include "log/instances.h"

namespace choreo::log {

// How long it may take in all; what is left then stays in the logs, where nothing is lost.
inline constexpr std::int64_t kCleanStopMs = 3000;

// REQUIRES: the caller has closed its own connections. Returns how many logs are not empty now.
std::int64_t empty_logs(const Instances& given);

}  // namespace choreo::log
