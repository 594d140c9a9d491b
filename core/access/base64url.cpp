#include "access/base64url.h"

#include <cstdint>

namespace choreo::access {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kBitsOfDigit = 6;
constexpr unsigned kBitsOfByte = 8;

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = held << kBitsOfByte | static_cast<unsigned char>(c);
    for (bits += kBitsOfByte; bits >= kBitsOfDigit; bits -= kBitsOfDigit)
      out += kDigits[held >> (bits - kBitsOfDigit) & 63u];
  }
  if (bits > 0) out += kDigits[held << (kBitsOfDigit - bits) & 63u];
  return out;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = held << kBitsOfDigit | static_cast<std::uint32_t>(digit);
    bits += kBitsOfDigit;
    if (bits < kBitsOfByte) continue;
    bits -= kBitsOfByte;
    out += static_cast<char>(held >> bits & 255u);
  }
  const bool whole = bits < kBitsOfDigit && (held & ((1u << bits) - 1)) == 0;
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace choreo::access
