#include "access/totp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace choreo::access {
namespace {

constexpr std::uint32_t kModulus = 1'000'000;
constexpr unsigned kSha1Bytes = 20;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      (out += '%') += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

}  // namespace

Result<std::string> code_of(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter;
  for (std::size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * (counter.size() - 1 - i)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  // Without a check every code would be that of a MAC of zeros, which anybody can type.
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(),
           &size) == nullptr ||
      size != kSha1Bytes)
    return crypto_unavailable("one-time codes");
  const std::size_t at = mac[19] & 15;  // RFC 4226 5.3: the last of SHA-1's bytes says where to look
  const std::uint32_t number = (mac[at] & 0x7fu) << 24 | mac[at + 1] << 16 | mac[at + 2] << 8 | mac[at + 3];
  const std::string digits = std::to_string(number % kModulus);
  return std::string(kCodeDigits - digits.size(), '0') + digits;
}

std::int64_t step_at(std::int64_t wall_ms) {
  return wall_ms / 1000 / kStepSecs;
}

Result<Match> match_code(std::string_view secret, std::string_view code, std::int64_t now_step,
                         std::int64_t last_step) {
  Match match;
  for (std::int64_t step = now_step - kSkewSteps; step <= now_step + kSkewSteps; ++step) {
    CHOREO_ASSIGN(const std::string expected, code_of(secret, step));
    if (CRYPTO_memcmp(expected.data(), code.data(), kCodeDigits) != 0) continue;
    match.right = true;
    if (match.step == 0 && step > last_step) match.step = step;
  }
  return match;
}

bool is_code(std::string_view text) {
  return text.size() == kCodeDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string base32(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xfff;
    for (held += 8; held >= 5; held -= 5) out += kBase32[bits >> (held - 5) & 31];
  }
  if (held > 0) out += kBase32[bits << (5 - held) & 31];
  return out;
}

std::string otpauth_uri(std::string_view issuer, std::string_view subject, std::string_view secret) {
  const std::string name = percent_encoded(issuer);
  return "otpauth://totp/" + name + ":" + percent_encoded(subject) + "?secret=" + base32(secret) + "&issuer=" + name +
         "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace choreo::access
