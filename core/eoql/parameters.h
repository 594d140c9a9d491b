// `key op value` pairs, and the checks of values that several keys share.
// Thread-safety: values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "eoql/lexer.h"
#include "eoql/query.h"

namespace choreo::eoql {

struct Parameter {
  std::string key;  // as written, not empty, at most kMaxKeyBytes
  std::size_t position = 0;
  Comparison comparison = Comparison::equal;
  Token comparison_token;
  Literal value;
  std::string text;  // the value as text: a string's content, a word as written
};

// A word or string as a literal: true, false and null (in any case) and JSON numbers are themselves, other words
// strings.
Literal literal_of(const Token& token);

// "Expected <what> for '<key>', found <value> at <position>."
Error wrong_value(const Parameter& parameter, const std::string& what);

// Each fails with bad_query where the value is not of that kind, or is compared with anything but `=`. Numbers, true
// and false may stand between quotes.
Status require_equal(const Parameter& parameter);
Result<std::string> text_value(const Parameter& parameter);
Result<std::int64_t> integer_value(const Parameter& parameter, std::int64_t min, std::int64_t max);
Result<std::int64_t> time_value(const Parameter& parameter);
Result<bool> boolean_value(const Parameter& parameter);
Result<std::string> operator_value(const Parameter& parameter);  // `!=` is as good as `=`
Result<std::string> stance_value(const Parameter& parameter);
Result<std::string> coupling_value(const Parameter& parameter);

// The nine, as errors list them.
inline constexpr std::string_view kOperatorNames = "NUL DES INS SEG CON SYN ALT SUP REC";
bool is_operator(std::string_view name);

}  // namespace choreo::eoql
