#include "projection/values.h"

#include <algorithm>

#include "json/number.h"
#include "json/string.h"

namespace choreo::projection {

std::optional<std::string> id_member(const json::Object& object, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names) {
    const std::string_view* value = object.find(name);
    if (!value) continue;
    if (json::is_string(*value) && value->size() > 2) return json::unquote(*value);
    const bool integer =
        json::kind_of(*value) == json::Kind::number &&
        std::all_of(value->begin(), value->end(), [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
    if (integer) return std::string(*value);
  }
  return std::nullopt;
}

bool is_given(std::string_view value) {
  switch (json::kind_of(value)) {
    case json::Kind::null:
      return false;
    case json::Kind::boolean:
      return value == "true";
    case json::Kind::number:
      return json::compare_numbers(value, "0") != std::strong_ordering::equal;
    default:
      return value.size() > 2;  // "", [] and {} are two bytes in canonical text
  }
}

std::optional<std::string_view> marker(std::string_view value, std::string_view name) {
  if (!json::is_object(value)) return std::nullopt;
  return json::find(value, name);
}

void add_fields(json::Object& shown, std::string_view data) {
  for (const json::Member& member : json::members(data))
    if (!shown.find(member.key)) shown.set(member.key, member.value);
}

std::optional<std::string_view> variant_value(std::string_view variant) {
  return json::is_object(variant) ? json::find(variant, "value") : std::optional(variant);
}

}  // namespace choreo::projection
