// `key op value` pairs, and the checks that several keys share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eoql/lexer.h"
#include "eoql/query.h"

namespace choreo::eoql {

struct Parameter {
  std::string key;
  std::size_t position = 0;
  Comparison comparison = Comparison::equal;
  Literal value;
  std::string text;  // the value as text: a string's content, else as written
};

// A word or string as a literal: true, false (in any case), null and JSON numbers are themselves, other words strings.
Literal literal_of(const Token& token);

// Each fails with bad_query at the parameter where its value is not of that kind, or it is compared with anything but
// `=`.
Status require_equal(const Parameter& parameter);
Result<std::string> text_value(const Parameter& parameter);
Result<std::int64_t> integer_value(const Parameter& parameter, std::int64_t min, std::int64_t max);
Result<std::int64_t> time_value(const Parameter& parameter);
Status require_boolean(const Parameter& parameter);
Result<std::string> stance_value(const Parameter& parameter);
Result<std::string> coupling_value(const Parameter& parameter);

}  // namespace choreo::eoql
