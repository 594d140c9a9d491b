// base64url without padding (RFC 4648 section 5), as JSON Web Tokens have it.
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace choreo::access {

std::string base64url(std::string_view bytes);

// Nothing unless the text is the one that base64url() makes: no padding, no white space, no bits left over. So a token
// has one spelling, and what is cached or revoked by its text cannot be spelt anew.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace choreo::access
