#include "access/scope.h"

#include <algorithm>
#include <array>

#include "base/ids.h"
#include "base/text.h"

namespace choreo::access {
namespace {

constexpr std::array<std::string_view, 3> kLevels = {"read", "write", "admin"};

Error bad_scope(std::string_view text) {
  return invalid("bad_scope",
                 "the scope '" + shortened(text) +
                     "' is not allowed; allowed: an instance or *, a colon, and read, write or admin, e.g. shop:write",
                 "scope");
}

Result<Scope> parse_scope(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad_scope(text);
  const auto* const level = std::find(kLevels.begin(), kLevels.end(), text.substr(colon + 1));
  const std::string_view instance = text.substr(0, colon);
  if (level == kLevels.end() || (instance != kAllInstances && !check_slug(instance).ok())) return bad_scope(text);
  return Scope{std::string(instance), static_cast<Level>(level - kLevels.begin())};
}

}  // namespace

std::string_view name_of(Level level) {
  return kLevels[static_cast<std::size_t>(level)];
}

std::string to_string(const Scope& scope) {
  return scope.instance + ":" + std::string(name_of(scope.level));
}

std::string to_string(const std::vector<Scope>& scopes) {
  std::string out;
  for (const Scope& scope : scopes) out += (out.empty() ? "" : " ") + to_string(scope);
  return out;
}

Result<std::vector<Scope>> parse_scopes(std::string_view text) {
  std::vector<Scope> scopes;
  while (true) {
    const std::size_t end = std::min(text.find(' '), text.size());
    CHOREO_ASSIGN(Scope scope, parse_scope(text.substr(0, end)));
    if (scopes.size() == kMaxScopes)
      return invalid("bad_scope", "a token has at most " + std::to_string(kMaxScopes) + " scopes", "scope");
    scopes.push_back(std::move(scope));
    if (end == text.size()) return scopes;
    text.remove_prefix(end + 1);
  }
}

bool allows(const std::vector<Scope>& scopes, std::string_view instance, Level level) {
  return std::any_of(scopes.begin(), scopes.end(), [&](const Scope& scope) {
    return scope.level >= level && (scope.instance == kAllInstances || scope.instance == instance);
  });
}

}  // namespace choreo::access
