#include "control/secret.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace choreo::control {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kMinKeyBytes = 24;
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::size_t kNewKeyBytes = 32;

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// Strict where OpenSSL is lenient (white space, missing padding), so that a secret means the same key to every
// receiver.
std::optional<std::string> decode_base64(std::string_view text) {
  const std::size_t digits = text.find_last_not_of('=') + 1;
  const std::size_t padding = text.size() - digits;
  if (text.empty() || text.size() % 4 != 0 || padding > 2) return std::nullopt;
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits), is_base64_digit))
    return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EncodeBlock ends its output with a NUL
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string new_secret(Random& random) {
  std::array<std::uint8_t, kNewKeyBytes> key;
  random.fill(key);
  return std::string(kPrefix) + base64({reinterpret_cast<const char*>(key.data()), key.size()});
}

std::optional<std::string> secret_key(std::string_view secret) {
  if (!secret.starts_with(kPrefix) || secret.size() > kPrefix.size() + kMaxKeyBytes * 2) return std::nullopt;
  std::optional<std::string> key = decode_base64(secret.substr(kPrefix.size()));
  if (!key || key->size() < kMinKeyBytes || key->size() > kMaxKeyBytes) return std::nullopt;
  return key;
}

}  // namespace choreo::control
