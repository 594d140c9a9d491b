// From the text of a query to its parts. The grammar is in docs/eoql.md.
// Thread-safety: a pure function.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "eoql/query.h"

namespace choreo::eoql {

// meta(name) and a bare table name come back as the StateQuery that they stand for.
// Errors: invalid/bad_query with the byte position, field "query", and a short sentence in UTF-8 that says what was
// expected there and what was found.
Result<Query> parse(std::string_view text);

// What an operation has to meet, without a query around it: `target.status="open", context.table="places"`. All must
// hold; at least one is there. Errors as above, with the field "where".
Result<std::vector<Condition>> parse_conditions(std::string_view text);

// A comparison by itself: `>100`, `!= "open"`. Errors: bad_query.
struct Compared {
  Comparison comparison = Comparison::equal;
  Literal value;
};
Result<Compared> parse_comparison(std::string_view text);

}  // namespace choreo::eoql
