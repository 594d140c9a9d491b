// Whether a value meets a condition of EOQL (SPEC 5).
// Thread-safety: pure functions. All values are canonical JSON.
#pragma once

#include <optional>
#include <string_view>

#include "eoql/query.h"

namespace choreo::query {

// The value as it is; an absent one counts as null. Numbers compare with numbers by value, strings with strings by
// their UTF-8 bytes; anything else is neither less nor greater.
bool meets(const std::optional<std::string_view>& value, eoql::Comparison comparison, std::string_view expected);

// The same for an entity's field: of a superposed one any variant may meet it, a destroyed one is null.
bool field_meets(const std::optional<std::string_view>& field, eoql::Comparison comparison, std::string_view expected);

// Order of values for `order`: null and absent, false, true, numbers, strings, then the rest as equal.
int compare_for_order(const std::optional<std::string_view>& a, const std::optional<std::string_view>& b);

}  // namespace choreo::query
