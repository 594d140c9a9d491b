#include "eoql/parameters.h"

#include <algorithm>
#include <charconv>
#include <compare>

#include "base/timestamp.h"
#include "json/canonical.h"
#include "json/number.h"
#include "json/string.h"

namespace choreo::eoql {
namespace {

bool is_number(std::string_view word) {
  if (word.empty() || (word[0] != '-' && (word[0] < '0' || word[0] > '9'))) return false;
  return json::canonicalize(word).ok();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

}  // namespace

Literal literal_of(const Token& token) {
  if (token.kind == TokenKind::string) return {json::quote(token.text), token.position};
  const std::string word = lower(token.text);
  if (word == "true" || word == "false" || word == "null") return {word, token.position};
  if (is_number(token.text)) return {token.text, token.position};
  return {json::quote(token.text), token.position};
}

bool is_operator(std::string_view name) {
  return name.size() == 3 && name.find(' ') == std::string_view::npos &&
         kOperatorNames.find(name) != std::string_view::npos;
}

Error wrong_value(const Parameter& parameter, const std::string& what) {
  return expected(parameter.value.position, what + " for '" + shortened(parameter.key) + "'",
                  "'" + shortened(parameter.text) + "'");
}

Status require_equal(const Parameter& parameter) {
  if (parameter.comparison == Comparison::equal) return {};
  return expected("'=' after '" + shortened(parameter.key) + "'", parameter.comparison_token);
}

Result<std::string> text_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  if (parameter.value.json == "null" || parameter.text.empty())
    return wrong_value(parameter, "a text that is not empty");
  return parameter.text;
}

Result<std::int64_t> integer_value(const Parameter& parameter, std::int64_t min, std::int64_t max) {
  CHOREO_TRY(require_equal(parameter));
  const std::string& text = parameter.text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && is_number(text) && value >= min && value <= max) return value;
  const std::string least = std::to_string(min);
  return wrong_value(parameter, max == INT64_MAX ? "an integer of " + least + " or more"
                                                 : "an integer from " + least + " to " + std::to_string(max));
}

Result<std::int64_t> time_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  const Result<std::int64_t> ms = parse_timestamp(parameter.text);
  if (ms.ok()) return *ms;
  return wrong_value(parameter, "a date or time such as 2026-02-15 or 2026-02-15T16:22:01Z");
}

Result<bool> boolean_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  const std::string word = lower(parameter.text);
  if (word == "true" || word == "false") return word == "true";
  return wrong_value(parameter, "true or false");
}

Result<std::string> operator_value(const Parameter& parameter) {
  if (parameter.comparison != Comparison::not_equal) CHOREO_TRY(require_equal(parameter));
  if (is_operator(parameter.text)) return parameter.text;
  return wrong_value(parameter, "one of " + std::string(kOperatorNames));
}

Result<std::string> stance_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  const std::string& text = parameter.text;
  if (text == "accidental" || text == "essential" || text == "generative") return text;
  return wrong_value(parameter, "accidental, essential or generative");
}

Result<std::string> coupling_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  const std::string& text = parameter.text;
  const bool in_bounds = is_number(text) && std::is_gteq(json::compare_numbers(text, "0")) &&
                         std::is_lteq(json::compare_numbers(text, "1"));
  if (in_bounds) return text;
  return wrong_value(parameter, "a number from 0 to 1");
}

}  // namespace choreo::eoql
