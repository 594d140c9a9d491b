#include "ctl/answers.h"

#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {

namespace {

Error no_choreo(const std::string& what) {
  return make_error(ErrorKind::unavailable, "bad_answer",
                    "the answer has no " + what + "; is this address a Choreo server's?");
}

}  // namespace

Result<std::string_view> member(std::string_view object, std::string_view name) {
  const auto found = json::is_object(object) ? json::find(object, name) : std::nullopt;
  if (found) return *found;
  return no_choreo("'" + std::string(name) + "'");
}

Result<std::string_view> array(std::string_view object, std::string_view name) {
  CHOREO_ASSIGN(const std::string_view found, member(object, name));
  if (json::is_array(found)) return found;
  return no_choreo("list '" + std::string(name) + "'");
}

std::string_view array_or_none(std::string_view object, std::string_view name) {
  const auto found = json::is_object(object) ? json::find(object, name) : std::nullopt;
  return found && json::is_array(*found) ? *found : "[]";
}

std::string text_of(std::string_view object, std::string_view name) {
  const auto found = json::is_object(object) ? json::find(object, name) : std::nullopt;
  if (!found || json::is_null(*found)) return "";
  return json::is_string(*found) ? json::unquote(*found) : std::string(*found);
}

}  // namespace choreo::ctl
