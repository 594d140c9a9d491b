#include "base/ids.h"

#include <algorithm>
#include <array>

#include "base/hex.h"
#include "base/limits.h"

namespace choreo {
namespace {

constexpr std::uint64_t kOpIdBits = 40;
constexpr std::uint64_t kOpIdMask = (1ull << kOpIdBits) - 1;
constexpr std::size_t kUuidLength = 36;

constexpr std::array<std::string_view, 11> kReserved = {
    "instances", "ui", "docs", "health", "api", "metrics", "mcp", "capabilities", "openapi.json", "ws", "static"};

bool is_dash(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

std::string uuid_text(std::uint64_t high, std::uint64_t low) {
  std::string out(kUuidLength, '-');
  int shift = 60;
  std::uint64_t half = high;
  for (std::size_t i = 0; i < kUuidLength; ++i) {
    if (is_dash(i)) continue;
    out[i] = "0123456789abcdef"[(half >> shift) & 15];
    shift -= 4;
    if (shift < 0) half = low, shift = 60;
  }
  return out;
}

}  // namespace

std::string make_guid(std::int64_t unix_ms, std::int64_t op_id, Random& random) {
  const std::uint64_t noise = random.next_u64();
  const std::uint64_t high = (static_cast<std::uint64_t>(unix_ms) << 16) | 0x7000u | (noise & 0xfffu);
  const std::uint64_t low = (2ull << 62) | ((noise >> 12) & ((1ull << 22) - 1)) << kOpIdBits |
                            (static_cast<std::uint64_t>(op_id) & kOpIdMask);
  return uuid_text(high, low);
}

std::optional<std::int64_t> guid_op_id(std::string_view guid) {
  if (guid.size() != kUuidLength || guid[14] != '7') return std::nullopt;
  std::uint64_t value = 0;
  for (char c : guid.substr(26)) {  // the last 10 digits are 40 bits
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return static_cast<std::int64_t>(value & kOpIdMask);
}

std::optional<std::string> normalize_uuid(std::string_view text) {
  if (text.size() != kUuidLength) return std::nullopt;
  std::string out(text);
  for (std::size_t i = 0; i < kUuidLength; ++i) {
    if (is_dash(i) ? text[i] != '-' : hex_value(text[i]) < 0) return std::nullopt;
    if (out[i] >= 'A' && out[i] <= 'F') out[i] = static_cast<char>(out[i] - 'A' + 'a');
  }
  return out;
}

Status check_slug(std::string_view slug) {
  auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool shape = !slug.empty() && slug.size() <= 63 && alnum(slug[0]) &&
                     std::all_of(slug.begin(), slug.end(), [&](char c) { return alnum(c) || c == '_' || c == '-'; });
  if (std::find(kReserved.begin(), kReserved.end(), slug) != kReserved.end())
    return invalid("reserved_slug", "'" + std::string(slug) + "' is a reserved name; choose another slug", "slug");
  if (!shape)
    return invalid("bad_slug",
                   "a slug is 1 to 63 lower-case letters, digits, '_' or '-', and starts with a letter or digit",
                   "slug");
  return {};
}

bool is_epoch(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_trace_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTraceIdBytes && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace choreo
