#include "fcgi/parameters.h"

#include <charconv>

#include "base/timestamp.h"

namespace choreo::fcgi {
namespace {

// An offset's "+" that was not percent-encoded arrives as a space: after a time, one can be nothing else.
std::string with_offset(std::string time) {
  const std::size_t space = time.rfind(' ');
  if (space != std::string::npos && time.find(':') < space) time[space] = '+';
  return time;
}

}  // namespace

Result<std::int64_t> integer_parameter(const Request& request, std::string_view name, std::int64_t fallback,
                                       std::int64_t min, std::int64_t max) {
  const std::optional<std::string> text = request.target.parameter(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && value >= min && value <= max) return value;
  const std::string upper = max == INT64_MAX ? " or more" : " to " + std::to_string(max);
  return invalid("bad_parameter", "'" + std::string(name) + "' must be an integer, " + std::to_string(min) + upper,
                 std::string(name));
}

Result<bool> flag_parameter(const Request& request, std::string_view name) {
  const std::optional<std::string> text = request.target.parameter(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return invalid("bad_parameter", "'" + std::string(name) + "' must be true or false", std::string(name));
}

Result<std::optional<std::int64_t>> time_parameter(const Request& request, std::string_view name) {
  const std::optional<std::string> text = request.target.parameter(name);
  if (!text || text->empty()) return std::optional<std::int64_t>();
  Result<std::int64_t> ms = parse_timestamp(with_offset(*text));
  if (ms.ok()) return std::optional(*ms);
  ms.error().field = std::string(name);
  return std::move(ms).error();
}

}  // namespace choreo::fcgi
