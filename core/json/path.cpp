#include "json/path.h"

#include "json/scan.h"

namespace choreo::json {

std::optional<std::string_view> find_path(std::string_view value, std::string_view path) {
  if (!is_object(value)) return std::nullopt;
  if (auto whole = find(value, path)) return whole;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const auto member = find(value, path.substr(0, dot));
    if (!member) continue;
    if (auto found = find_path(*member, path.substr(dot + 1))) return found;
  }
  return std::nullopt;
}

}  // namespace choreo::json
