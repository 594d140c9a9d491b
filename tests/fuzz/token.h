// What must hold for any bytes as a token. Returns the property that did not hold, or "".
#pragma once

#include <string>
#include <string_view>

#include "access/base64url.h"
#include "access/jwt.h"
#include "json/string.h"

namespace choreo::fuzz {

inline std::string broken_token(std::string_view token) {
  if (const auto bytes = access::decode_base64url(token); bytes && access::base64url(*bytes) != token)
    return "base64url has one spelling";
  const auto parsed = access::parse_token(token);
  if (!parsed.ok()) {
    if (parsed.error().kind != ErrorKind::forbidden || parsed.error().code != "bad_token")
      return "what is no token is refused as one";
    return json::is_utf8(parsed.error().message) ? "" : "a refusal's sentence is UTF-8";
  }
  if (token.size() > access::kMaxTokenBytes) return "a token has a limit";
  const access::Claims& claims = parsed->claims;
  if (!access::check_subject(claims.subject).ok() || claims.id.empty()) return "a token says whose it is";
  if (claims.scopes.empty() || claims.scopes.size() > access::kMaxScopes) return "a token has scopes";
  const auto again = access::parse_scopes(access::to_string(claims.scopes));
  if (!again.ok() || access::to_string(*again) != access::to_string(claims.scopes)) return "scopes have one spelling";
  if (std::string(parsed->signed_text) + "." + access::base64url(parsed->signature) != token)
    return "the parts make up the token";
  const access::VerifyingKeys none;
  return access::verify_token(token, none).ok() ? "a token is good without a key" : "";
}

}  // namespace choreo::fuzz
