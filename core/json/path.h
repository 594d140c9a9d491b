// Members by dotted paths.
#pragma once

#include <optional>
#include <string_view>

namespace choreo::json {

// The member of that very name, dots included, else the one found by following its parts into nested objects; nothing
// where there is none. value: canonical; path: as Member::key.
std::optional<std::string_view> find_path(std::string_view value, std::string_view path);

}  // namespace choreo::json
