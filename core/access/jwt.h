// JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037): three parts of base64url with a dot between them.
//
// One algorithm: "alg" is EdDSA and nothing else, whatever a token says of itself. Parsing is strict: a text that is
// not what sign() could have made is refused. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/keys.h"
#include "access/scope.h"
#include "base/result.h"

namespace choreo::access {

inline constexpr std::size_t kMaxTokenBytes = 4096;
inline constexpr std::size_t kMaxSubjectBytes = 128;

struct Claims {
  std::string id;       // "jti"
  std::string subject;  // "sub": who it was made for
  std::vector<Scope> scopes;
  // Unix time in seconds: good from not_before, no longer good at expires.
  std::int64_t issued = 0, not_before = 0, expires = 0;
};

struct ParsedToken {
  Claims claims;
  std::string key_id;
  std::string_view signed_text;  // into the token
  std::string signature;
};

// Checks the form and nothing else: no signature, no time. Error forbidden/bad_token.
Result<ParsedToken> parse_token(std::string_view token);

// The claims of a token that one of the keys has signed. Times are for the caller. Error forbidden/bad_token.
Result<Claims> verify_token(std::string_view token, const VerifyingKeys& keys);

// Error invalid: bad_subject, or internal where libcrypto fails. REQUIRES: the key is private.
Result<std::string> sign_token(const Claims& claims, const Key& key);

// 1 to kMaxSubjectBytes of printable ASCII without `"` and `\`. Error invalid/bad_subject.
Status check_subject(std::string_view subject);

}  // namespace choreo::access
