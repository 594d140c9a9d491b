// What a token allows: `<instance|*>:read|write|admin`, several of them separated by spaces.
// Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace choreo::access {

// Each includes those before it.
enum class Level { read, write, admin };

inline constexpr std::string_view kAllInstances = "*";
inline constexpr std::size_t kMaxScopes = 64;

struct Scope {
  std::string instance;  // a slug, or kAllInstances
  Level level = Level::read;
};

std::string_view name_of(Level level);
// "shop:write *:read"
std::string to_string(const std::vector<Scope>& scopes);
std::string to_string(const Scope& scope);

// Error invalid/bad_scope: names the one that is wrong and what is allowed.
Result<std::vector<Scope>> parse_scopes(std::string_view text);

// Whether one of them gives that level on the instance. instance: a slug, or kAllInstances for what belongs to none.
bool allows(const std::vector<Scope>& scopes, std::string_view instance, Level level);

}  // namespace choreo::access
