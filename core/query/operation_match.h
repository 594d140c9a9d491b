// Whether an operation meets a condition over its target, context and frame: of stream(), and of a webhook's `where`.
// Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "eoql/query.h"
#include "operation/operation.h"

namespace choreo::query {

// An operation whose context names no table is one of the default table, in queries too.
inline constexpr std::string_view kDefaultTable = "\"_default\"";

bool meets(const Operation& operation, const eoql::Condition& condition);

// What helps to find such operations: whether the condition is over a member that holds an id, over the table, or
// against a number.
bool names_an_id(const eoql::Condition& condition);
bool asks_for_table(const eoql::Condition& condition);
bool compares_with_number(const eoql::Condition& condition);

}  // namespace choreo::query
