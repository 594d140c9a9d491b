// Between rows of the log and operations.
#pragma once

#include <string>

#include "base/result.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

// The columns that operation_from() reads, in its order.
inline constexpr const char* kOperationColumns = "id, pretty_id, guid, ts, op, target, context, frame";

// The current row. Rows of the earlier system (id <= legacy_last_id) are brought into canonical form on the way.
Result<Operation> operation_from(sqlite::Statement& row, std::int64_t legacy_last_id);

}  // namespace choreo::log
