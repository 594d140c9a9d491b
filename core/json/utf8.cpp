#include "json/utf8.h"

#include <cstring>

#include "base/text.h"
#include "json/string.h"

namespace choreo::json {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// Non-zero if any of the eight bytes ends a plain run. The subtraction may also flag a byte that follows a true hit,
// never one in a word without a hit, and the caller looks again byte by byte.
std::uint64_t special_bytes(std::uint64_t word) {
  const std::uint64_t below_space = word - kOnes * 0x20;
  const std::uint64_t quote = (word ^ (kOnes * '"')) - kOnes;
  const std::uint64_t backslash = (word ^ (kOnes * '\\')) - kOnes;
  return (word | ((below_space | quote | backslash) & ~word)) & kHighBits;
}

bool is_special(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
}

}  // namespace

std::size_t skip_plain(std::string_view bytes, std::size_t at) {
  while (at + sizeof(std::uint64_t) <= bytes.size()) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (special_bytes(word) != 0) break;
    at += sizeof word;
  }
  while (at < bytes.size() && !is_special(static_cast<unsigned char>(bytes[at]))) ++at;
  return at;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12), tail(6), tail(0);
  }
}

bool is_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while ((at = skip_plain(bytes, at)) < bytes.size()) {
    const std::size_t length = utf8_sequence(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace choreo::json
