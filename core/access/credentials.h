// Where a request has its token: `Authorization: Bearer`, the cookie of a signed-in page, or, for streams, the query.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/gate.h"
#include "access/page.h"
#include "base/result.h"

namespace choreo::access {

inline constexpr std::string_view kCookieName = "choreo_session";
inline constexpr std::string_view kQueryName = "access_token";

struct Credentials {
  std::string_view authorization;         // the headers, "" where absent
  std::string_view cookie;                // all of them
  Page page = {};                         // what a browser says of where the request comes from
  std::optional<std::string> query = {};  // `access_token=`, where it is allowed
};

// The token, which may be wrong. Errors forbidden, answered 401: token_missing, bad_token (another scheme than Bearer).
// A cookie does not count for requests that a page of another origin makes (access/page.h).
Result<std::string> token_of(const Credentials& credentials);

// Error forbidden/scope_missing, with the scope that is missing.
Status check_scope(const Claims& claims, std::string_view instance, Level level);

// Set-Cookie for a token, until it expires; or one that takes it away.
std::string session_cookie(std::string_view token, std::int64_t max_age_secs, bool https);
std::string no_session_cookie(bool https);

// {"auth":"token","subject","scopes":[…],"expires"}
std::string session_json(const Claims& claims);

// A process without access control serves this machine alone: fd, a listening socket, must be a Unix socket or have a
// loopback address. Error invalid/bad_option.
Status check_local(int fd);

// What a request is answered that was made to another address all the same. Error forbidden/auth_needed.
Error exposed_without_auth();

}  // namespace choreo::access
