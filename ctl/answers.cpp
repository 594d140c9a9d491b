#include "ctl/answers.h"

#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {

Result<std::string_view> member(std::string_view object, std::string_view name) {
  const auto found = json::is_object(object) ? json::find(object, name) : std::nullopt;
  if (found) return *found;
  return make_error(ErrorKind::unavailable, "bad_answer",
                    "the answer has no '" + std::string(name) + "'; is this address a Choreo server's?");
}

std::string text_of(std::string_view object, std::string_view name) {
  const auto found = json::is_object(object) ? json::find(object, name) : std::nullopt;
  if (!found || json::is_null(*found)) return "";
  return json::is_string(*found) ? json::unquote(*found) : std::string(*found);
}

}  // namespace choreo::ctl
