// From the text of a query to its parts.
#pragma once

#include <string_view>

#include "base/result.h"
#include "eoql/query.h"

namespace choreo::eoql {

// Error invalid/bad_query with the byte position and what was expected there.
Result<Query> parse(std::string_view text);

}  // namespace choreo::eoql
