#include "http/parameters.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ids.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::http {
namespace {

using Kind = Parameter::Kind;
using Names = std::span<const std::string_view>;

// What browsers' caches and mailings add to any address.
bool is_ignored(std::string_view name) {
  return name == "_" || name.starts_with("utm_");
}

std::string listed(Names names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out.append(i == 0 ? "" : i + 1 == names.size() ? " and " : ", ").append(names[i]);
  return out;
}

// "…; did you mean 'limit'? Known are limit and cursor"
std::string hint(std::string_view name, Names known) {
  if (known.empty()) return "; none is";
  const std::string_view nearest = nearest_name(name, known);
  const std::string meant = nearest.empty() ? "; " : "; did you mean '" + std::string(nearest) + "'? ";
  return meant + (nearest.empty() ? "known " : "Known ") + (known.size() == 1 ? "is " : "are ") + listed(known);
}

Error unknown_parameter(std::string_view name, Names known) {
  if (name == "access_token")
    return invalid("unknown_parameter",
                   "a token in the address is taken by streams only; send the header 'Authorization: Bearer TOKEN'",
                   "access_token");
  return invalid("unknown_parameter", "the parameter '" + shortened(name) + "' is not known here" + hint(name, known),
                 shortened(name));
}

Error bad_parameter(std::string_view name, const std::string& allowed) {
  return invalid("bad_parameter", "'" + std::string(name) + "' must be " + allowed, std::string(name));
}

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status check_integer(const Parameter& parameter, std::string_view text) {
  const std::optional<std::int64_t> value = integer_of(text);
  if (value && *value >= parameter.min && *value <= parameter.max) return {};
  const std::string upper = parameter.max == INT64_MAX ? " or more" : " to " + std::to_string(parameter.max);
  return bad_parameter(parameter.name, "an integer, " + std::to_string(parameter.min) + upper);
}

// An offset's "+" that was not percent-encoded arrives as a space: between a time and digits it can be nothing else.
void restore_offset(std::string& time) {
  const std::size_t space = time.rfind(' ');
  const auto is_digit = [&](std::size_t at) { return at < time.size() && time[at] >= '0' && time[at] <= '9'; };
  if (space == std::string::npos || space == 0 || time.find(':') > space) return;
  if (is_digit(space - 1) && is_digit(space + 1)) time[space] = '+';
}

Status check_time(const Parameter& parameter, std::string& text) {
  restore_offset(text);
  Result<std::int64_t> ms = parse_timestamp(text);
  if (ms.ok()) return {};
  ms.error().field = std::string(parameter.name);
  return std::move(ms).error();
}

Status check_choice(const Parameter& parameter, std::string_view text) {
  std::vector<std::string_view> words;
  for (std::string_view rest = parameter.choices; !rest.empty();) {
    words.push_back(rest.substr(0, rest.find(' ')));
    rest.remove_prefix(std::min(words.back().size() + 1, rest.size()));
  }
  if (std::find(words.begin(), words.end(), text) != words.end()) return {};
  std::string allowed;
  for (const std::string_view word : words) allowed.append(allowed.empty() ? "" : " or ").append(word);
  return bad_parameter(parameter.name, allowed);
}

Status check_value(const Parameter& parameter, std::string& text) {
  switch (parameter.kind) {
    case Kind::text:
      break;
    case Kind::integer:
      return check_integer(parameter, text);
    case Kind::time:
      return check_time(parameter, text);
    case Kind::flag:
      if (text != "true" && text != "false") return bad_parameter(parameter.name, "true or false");
      break;
    case Kind::choice:
      return check_choice(parameter, text);
    case Kind::epoch:
      if (!is_epoch(text)) return bad_parameter(parameter.name, "the epoch of an instance: 32 hexadecimal digits");
      break;
  }
  return {};
}

std::vector<std::string_view> names_of(Parameters known) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : known) names.push_back(parameter.name);
  return names;
}

}  // namespace

Status take_parameters(Target& target, Parameters known) {
  if (target.query.empty()) return {};
  std::vector<bool> given(known.size());
  std::vector<std::pair<std::string, std::string>> taken;
  for (auto& [name, value] : target.query) {
    const auto parameter = std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.name == name; });
    if (parameter == known.end()) {
      if (is_ignored(name)) continue;
      return unknown_parameter(name, names_of(known));
    }
    const auto number = static_cast<std::size_t>(parameter - known.begin());
    if (given[number] && !parameter->repeatable) return bad_parameter(name, "given once");
    given[number] = true;
    if (value.empty() && parameter->kind != Kind::epoch) continue;
    CHOREO_TRY(check_value(*parameter, value));
    taken.emplace_back(std::move(name), std::move(value));
  }
  target.query = std::move(taken);
  return {};
}

std::optional<std::int64_t> integer_parameter(const Target& target, std::string_view name) {
  const std::optional<std::string> text = target.parameter(name);
  return !text ? std::nullopt : integer_of(*text);
}

std::optional<std::int64_t> time_parameter(const Target& target, std::string_view name) {
  const std::optional<std::string> text = target.parameter(name);
  if (!text) return std::nullopt;
  const Result<std::int64_t> ms = parse_timestamp(*text);
  return ms.ok() ? std::optional(*ms) : std::nullopt;
}

bool flag_parameter(const Target& target, std::string_view name) {
  const std::optional<std::string> text = target.parameter(name);
  return text && *text == "true";
}

Status check_members(std::string_view object, Names known) {
  for (const json::Member& member : json::members(object)) {
    const std::string name = json::unescape(member.key);
    if (std::find(known.begin(), known.end(), name) == known.end())
      return invalid("unknown_member", "the member '" + shortened(name) + "' is not known here" + hint(name, known),
                     shortened(name));
  }
  return {};
}

}  // namespace choreo::http
