#include "append/rule_template.h"

#include "base/text.h"
#include "json/object.h"
#include "json/path.h"
#include "json/string.h"

namespace choreo::append {
namespace {

constexpr std::string_view kTriggerPrefix = "trigger.";

std::optional<std::string_view> resolve(std::string_view placeholder, const Operation& trigger) {
  if (!placeholder.starts_with(kTriggerPrefix)) return std::nullopt;
  return value_at(trigger, placeholder.substr(kTriggerPrefix.size()));
}

Error unresolved(std::string_view placeholder) {
  return invalid("unresolved_placeholder",
                 "the placeholder {" + shortened(json::unescape(placeholder)) + "} resolves to nothing");
}

Status take(std::size_t bytes, std::size_t& left) {
  if (bytes > left)
    return invalid("bad_rule", "what its action makes of this operation is larger than an operation may be");
  left -= bytes;
  return {};
}

// inner: a string between its quotes, escapes kept; so is what it becomes.
Result<std::string> fill_string(std::string_view inner, const Operation& trigger, std::size_t& left) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    std::size_t open = inner.find('{', at);
    while (open != std::string_view::npos && inner.substr(open).starts_with("{}")) open = inner.find('{', open + 2);
    const std::size_t close = open == std::string_view::npos ? open : inner.find('}', open);
    if (close == std::string_view::npos) break;
    const std::string_view placeholder = inner.substr(open + 1, close - open - 1);
    const auto value = resolve(placeholder, trigger);
    if (!value) return unresolved(placeholder);
    const bool whole = open == 0 && close + 1 == inner.size();
    CHOREO_TRY(take(value->size(), left));
    if (whole) return std::string(*value);
    out.append(inner.substr(at, open - at));
    if (json::is_string(*value))
      out.append(value->substr(1, value->size() - 2));
    else
      out.append(json::escape_key(*value));
    at = close + 1;
  }
  CHOREO_TRY(take(inner.size(), left));
  out.append(inner.substr(at));
  return "\"" + out + "\"";
}

}  // namespace

std::optional<std::string_view> value_at(const Operation& operation, std::string_view path) {
  const auto within = [&](std::string_view scope) -> std::string_view {
    return path.starts_with(scope) && path.size() > scope.size() ? path.substr(scope.size()) : std::string_view();
  };
  if (const auto rest = within("target."); !rest.empty()) return json::find_path(operation.target, rest);
  if (const auto rest = within("context."); !rest.empty()) return json::find_path(operation.context, rest);
  if (const auto rest = within("frame."); !rest.empty()) return json::find_path(operation.frame, rest);
  return json::find_path(operation.target, path);
}

Result<std::string> fill_template(std::string_view text, const Operation& trigger, std::size_t& left) {
  if (json::is_string(text)) return fill_string(text.substr(1, text.size() - 2), trigger, left);
  if (json::is_object(text)) {
    std::string out = "{";
    for (const json::Member& member : json::members(text)) {
      CHOREO_TRY(take(member.key.size(), left));
      CHOREO_ASSIGN(const std::string value, fill_template(member.value, trigger, left));
      out.append(out.size() > 1 ? ",\"" : "\"").append(member.key).append("\":").append(value);
    }
    return out + "}";
  }
  if (json::is_array(text)) {
    std::string out = "[";
    for (std::string_view element : json::elements(text)) {
      CHOREO_ASSIGN(const std::string value, fill_template(element, trigger, left));
      out.append(out.size() > 1 ? "," : "").append(value);
    }
    return out + "]";
  }
  CHOREO_TRY(take(text.size(), left));
  return std::string(text);
}

}  // namespace choreo::append
