// What each route asks of a token: the one place that says so (docs/http.md has the same table, held by a test).
// Thread-safety: constants.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "access/scope.h"

namespace choreo::fcgi {

enum class Need {
  nothing,    // anybody
  any_token,  // a good token; the handler shows what its scopes allow
  scope,      // a scope of `level` on the instance that the path names, or on all
};

struct AccessRule {
  std::string_view method;
  std::string_view pattern;
  Need need = Need::scope;
  access::Level level = access::Level::admin;
  // The path's segment that names the instance; kNoInstance: it belongs to none, and takes a scope on `*`.
  std::size_t instance_segment = 0;
};

inline constexpr std::size_t kNoInstance = static_cast<std::size_t>(-1);

inline constexpr std::array kAccessRules = {
    AccessRule{"GET", "/", Need::nothing},
    AccessRule{"GET", "/docs", Need::nothing},
    AccessRule{"GET", "/openapi.json", Need::nothing},
    AccessRule{"GET", "/health", Need::nothing},  // without a token for *:read only whether it is well
    AccessRule{"GET", "/api/health", Need::nothing},
    AccessRule{"GET", "/metrics", Need::scope, access::Level::read, kNoInstance},
    AccessRule{"POST", "/auth/session", Need::nothing},  // the token is in the body
    AccessRule{"GET", "/auth/session", Need::any_token},
    AccessRule{"DELETE", "/auth/session", Need::nothing},
    AccessRule{"GET", "/instances", Need::any_token},  // those that it may read
    AccessRule{"POST", "/instances", Need::scope, access::Level::admin, kNoInstance},
    AccessRule{"DELETE", "/instances/{}", Need::scope, access::Level::admin, 1},
    AccessRule{"POST", "/instances/{}/rebuild", Need::scope, access::Level::admin, 1},
    AccessRule{"POST", "/instances/{}/seed", Need::scope, access::Level::admin, 1},
    AccessRule{"POST", "/demo/seed", Need::scope, access::Level::admin, 0},
    AccessRule{"POST", "/{}/operations", Need::scope, access::Level::write},
    AccessRule{"GET", "/{}/operations", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/histogram", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/state/{}", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/state/{}/{}", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/query", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/biography/{}", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/gaps/{}", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/webhooks", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/webhooks/{}", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/webhooks/{}/attempts", Need::scope, access::Level::read},
    AccessRule{"GET", "/{}/webhooks/{}/dead", Need::scope, access::Level::read},
    AccessRule{"POST", "/{}/webhooks", Need::scope, access::Level::write},
    AccessRule{"DELETE", "/{}/webhooks", Need::scope, access::Level::write},
    AccessRule{"PATCH", "/{}/webhooks/{}", Need::scope, access::Level::write},
    AccessRule{"DELETE", "/{}/webhooks/{}", Need::scope, access::Level::write},
    AccessRule{"POST", "/{}/webhooks/{}/test", Need::scope, access::Level::write},
    AccessRule{"POST", "/{}/webhooks/{}/replay", Need::scope, access::Level::write},
    AccessRule{"POST", "/{}/webhooks/{}/enable", Need::scope, access::Level::write},
    AccessRule{"POST", "/{}/webhooks/{}/rotate-secret", Need::scope, access::Level::write},
};

// A route that has no line above is nobody's but an administrator's of everything.
inline constexpr AccessRule kUnknownRoute{"", "", Need::scope, access::Level::admin, kNoInstance};
constexpr const AccessRule& access_rule(std::string_view method, std::string_view pattern) {
  for (const AccessRule& rule : kAccessRules)
    if (rule.method == method && rule.pattern == pattern) return rule;
  return kUnknownRoute;
}

}  // namespace choreo::fcgi
