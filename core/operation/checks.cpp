#include "operation/checks.h"

#include "base/text.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/identifiers.h"

namespace choreo {

std::optional<std::string_view> Option::value() const {
  return json::find(object, name);
}

Error Option::refusal(std::string_view allowed) const {
  std::string sentence = "\"" + path + "\" must be " + std::string(allowed);
  if (const auto found = value()) {
    const json::Kind kind = json::kind_of(*found);
    sentence += ", not ";
    sentence += kind == json::Kind::string   ? shown(json::unquote(*found))
                : kind == json::Kind::number ? shortened(*found)
                                             : std::string(kind_shown(*found));
  } else {
    sentence += "; it is missing";
  }
  return invalid(code, sentence + ".", path);
}

Status check_one_of(const Option& option, std::span<const std::string_view> words) {
  const auto value = option.value();
  if (!value) return {};
  std::string allowed = "one of";
  for (const std::string_view word : words) {
    if (json::is_string(*value) && value->substr(1, value->size() - 2) == word) return {};
    allowed += " ";
    allowed += word;
  }
  return option.refusal(allowed);
}

Status check_non_empty_string(const Option& option) {
  const auto value = option.value();
  if (!value || (json::is_string(*value) && *value != "\"\"")) return {};
  return option.refusal("a non-empty string");
}

Status check_object(const Option& option) {
  const auto value = option.value();
  if (!value || json::is_object(*value)) return {};
  return option.refusal("an object");
}

}  // namespace choreo
