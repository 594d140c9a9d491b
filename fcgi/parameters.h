// Query parameters that are numbers, times, or yes and no.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fcgi/request.h"

namespace choreo::fcgi {

// The parameter as an integer within min..max, or fallback where it is absent. Error invalid/bad_parameter names it.
Result<std::int64_t> integer_parameter(const Request& request, std::string_view name, std::int64_t fallback,
                                       std::int64_t min, std::int64_t max);

// true or false; false where it is absent. Error invalid/bad_parameter names it.
Result<bool> flag_parameter(const Request& request, std::string_view name);

// A time, in Unix milliseconds. Nothing where it is absent, or empty: a form's field left empty.
// Error invalid/bad_timestamp names it.
Result<std::optional<std::int64_t>> time_parameter(const Request& request, std::string_view name);

}  // namespace choreo::fcgi
