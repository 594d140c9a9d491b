// One-time codes as authenticator apps have them: TOTP (RFC 6238) over HMAC-SHA-1, six digits, a new one every 30 s.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::access {

inline constexpr std::size_t kTotpSecretBytes = 20;  // what RFC 4226 recommends
inline constexpr std::size_t kCodeDigits = 6;
inline constexpr std::int64_t kStepSecs = 30;
inline constexpr std::int64_t kSkewSteps = 1;  // taken either way, since clocks differ and people type slowly

// The code of that step (RFC 4226, HOTP). Error unavailable/crypto_unavailable.
Result<std::string> code_of(std::string_view secret, std::int64_t step);
std::int64_t step_at(std::int64_t wall_ms);

struct Match {
  bool right = false;     // it is the code of a step about now
  std::int64_t step = 0;  // of those the first after last_step; 0: none, it was used, or one after it
};
// last_step: the last one whose code was taken. REQUIRES: is_code(code). Errors of code_of.
Result<Match> match_code(std::string_view secret, std::string_view code, std::int64_t now_step, std::int64_t last_step);
bool is_code(std::string_view text);

// RFC 4648 without padding, as apps take it typed.
std::string base32(std::string_view bytes);
// otpauth://totp/Choreo:alice?secret=…, what apps read from a QR code.
std::string otpauth_uri(std::string_view issuer, std::string_view subject, std::string_view secret);

}  // namespace choreo::access
