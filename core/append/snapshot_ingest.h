// REC with context.type snapshot_ingest: from rows to the operations that bring the table to them (SPEC 4).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "append/progress.h"
#include "base/result.h"
#include "log/projection_store.h"
#include "operation/operation.h"

namespace choreo::append {

// Appends one generated operation to the log; it is projected when this returns. The result is what rules made of it.
using Generate = std::function<Result<std::vector<Operation>>(Draft)>;

// REQUIRES: `rec` is in the log and passed check_operation(). Calls generate() for each operation, in order; each row
// sees the state that those before it left, and the meter is told of it. Returns the indexes of rows that have no key.
Result<std::vector<std::size_t>> ingest_snapshot(const Operation& rec, log::ProjectionStore& state,
                                                 const Generate& generate, ProgressMeter& meter);

}  // namespace choreo::append
