// What an answer warns of that only the state tells: an operation that found no entity, or set nothing.
//
// What rules and snapshots generate is not warned of: their sender is not the one who is answered.
// Thread-safety: as the store's.
#pragma once

#include <cstddef>
#include <vector>

#include "append/rules.h"
#include "base/result.h"
#include "log/projection_store.h"
#include "operation/operation.h"

namespace choreo::append {

// The draft's own, and those of what it did. operation: as it is in the log; changed: how many entities it changed.
std::vector<Warning> warnings_of(const Draft& draft, const Operation& operation, std::size_t changed);

// Of an operation that changed the table of rules: a rule there that cannot fire, or not as meant, and settings that
// are none.
Result<std::vector<Warning>> rule_warnings(const Operation& operation, log::ProjectionStore& state);

Warning rows_skipped(const std::vector<std::size_t>& indexes);

// Error conflict/refused_for_warnings.
Error refused_for_warnings(const std::vector<Warning>& warnings);

}  // namespace choreo::append
