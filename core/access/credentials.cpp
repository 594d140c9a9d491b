#include "access/credentials.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/timestamp.h"
#include "json/string.h"

namespace choreo::access {
namespace {

constexpr std::string_view kBearer = "bearer ";

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char l, char c) {
           return l == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
         });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string_view cookie_value(std::string_view cookies) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view pair = trimmed(cookies.substr(0, end));
    if (pair.size() > kCookieName.size() && pair.starts_with(kCookieName) && pair[kCookieName.size()] == '=')
      return pair.substr(kCookieName.size() + 1);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return {};
}

std::string cookie(std::string_view value, std::int64_t max_age_secs, bool https) {
  return std::string(kCookieName) + "=" + std::string(value) + "; Path=/; Max-Age=" + std::to_string(max_age_secs) +
         "; HttpOnly; SameSite=Strict" + (https ? "; Secure" : "");
}

bool is_local_listener(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family == AF_UNIX) return true;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.ss_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

}  // namespace

Result<std::string> token_of(const Credentials& credentials) {
  if (!credentials.authorization.empty()) {
    if (!starts_with_ignoring_case(credentials.authorization, kBearer))
      return make_error(ErrorKind::forbidden, "bad_token", "the header Authorization must be 'Bearer TOKEN'");
    return std::string(trimmed(credentials.authorization.substr(kBearer.size())));
  }
  if (credentials.query) return *credentials.query;
  const std::string_view session = cookie_value(credentials.cookie);
  if (!session.empty() && from_our_page(credentials.page)) return std::string(session);
  return make_error(ErrorKind::forbidden, "token_missing",
                    "this needs a token: send the header 'Authorization: Bearer TOKEN', or sign in at /ui");
}

Status check_scope(const Claims& claims, std::string_view instance, Level level) {
  if (allows(claims.scopes, instance, level)) return {};
  const std::string missing = to_string(Scope{std::string(instance), level});
  Error error = make_error(ErrorKind::forbidden, "scope_missing",
                           "the token of '" + claims.subject + "' does not have the scope " + missing + "; it has " +
                               to_string(claims.scopes));
  error.extra = "\"scope\":" + json::quote(missing);
  return error;
}

std::string session_cookie(std::string_view token, std::int64_t max_age_secs, bool https) {
  return cookie(token, max_age_secs, https);
}

std::string no_session_cookie(bool https) {
  return cookie("", 0, https);
}

std::string session_json(const Claims& claims) {
  std::string scopes;
  for (const Scope& scope : claims.scopes) scopes += (scopes.empty() ? "" : ",") + json::quote(to_string(scope));
  return "{\"auth\":\"token\",\"subject\":" + json::quote(claims.subject) + ",\"scopes\":[" + scopes +
         "],\"expires\":" + json::quote(format_timestamp(claims.expires * 1000)) + "}";
}

Status check_local(int fd) {
  if (is_local_listener(fd)) return {};
  return invalid("bad_option",
                 "CHOREO_AUTH is none, which is for this machine alone, but the socket to listen on can be reached "
                 "from elsewhere; set CHOREO_AUTH=token, or listen on a Unix socket or a loopback address");
}

Error exposed_without_auth() {
  return make_error(ErrorKind::forbidden, "auth_needed",
                    "this server has CHOREO_AUTH=none, which is for this machine alone, and was reached at another "
                    "address; set CHOREO_AUTH=token");
}

}  // namespace choreo::access
