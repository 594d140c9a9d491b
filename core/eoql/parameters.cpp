#include "eoql/parameters.h"

#include <algorithm>
#include <charconv>

#include "base/timestamp.h"
#include "json/canonical.h"
#include "json/number.h"
#include "json/scan.h"
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

Error wrong(const Parameter& parameter, const std::string& allowed) {
  return bad_query(parameter.value.position,
                   "'" + parameter.key + "' must be " + allowed + ", not " + parameter.value.json + ".");
}

}  // namespace

Literal literal_of(const Token& token) {
  if (token.kind == TokenKind::string) return {json::quote(token.text), token.position};
  const std::string word = lower(token.text);
  if (word == "true" || word == "false" || word == "null") return {word, token.position};
  if (is_number(token.text)) return {token.text, token.position};
  return {json::quote(token.text), token.position};
}

Status require_equal(const Parameter& parameter) {
  if (parameter.comparison == Comparison::equal) return {};
  return bad_query(parameter.position, "'" + parameter.key + "' takes only '='.");
}

Result<std::string> text_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  if (parameter.value.json == "null" || parameter.text.empty()) return wrong(parameter, "a text that is not empty");
  return parameter.text;
}

Result<std::int64_t> integer_value(const Parameter& parameter, std::int64_t min, std::int64_t max) {
  CHOREO_TRY(require_equal(parameter));
  const std::string& text = parameter.value.json;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= min && value <= max) return value;
  const std::string upper = max == INT64_MAX ? " or more" : " to " + std::to_string(max);
  return wrong(parameter, "an integer, " + std::to_string(min) + upper);
}

Result<std::int64_t> time_value(const Parameter& parameter) {
  CHOREO_ASSIGN(const std::string text, text_value(parameter));
  const Result<std::int64_t> ms = parse_timestamp(text);
  if (!ms.ok()) return bad_query(parameter.value.position, ms.error().message + ".");
  return *ms;
}

Status require_boolean(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  if (parameter.value.json == "true" || parameter.value.json == "false") return {};
  return wrong(parameter, "true or false");
}

Result<std::string> stance_value(const Parameter& parameter) {
  CHOREO_ASSIGN(std::string text, text_value(parameter));
  if (text == "accidental" || text == "essential" || text == "generative") return text;
  return wrong(parameter, "accidental, essential or generative");
}

Result<std::string> coupling_value(const Parameter& parameter) {
  CHOREO_TRY(require_equal(parameter));
  const std::string& number = parameter.value.json;
  if (json::kind_of(number) == json::Kind::number && json::compare_numbers(number, "0") >= 0 &&
      json::compare_numbers(number, "1") <= 0)
    return number;
  return wrong(parameter, "a number from 0 to 1");
}

}  // namespace choreo::eoql
