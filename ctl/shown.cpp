#include "ctl/shown.h"

#include <cstdio>

#include "base/text.h"

namespace choreo::ctl {
namespace {

char32_t code_point(std::string_view sequence) {
  constexpr unsigned char kFirstBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};  // by the length of the sequence
  char32_t value = static_cast<unsigned char>(sequence[0]) & kFirstBits[sequence.size()];
  for (const char c : sequence.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return value;
}

bool acts(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool turns =
      c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return control || turns || c == 0x2028 || c == 0x2029;
}

std::string hexadecimal(const char* form, unsigned value) {
  char text[8];
  const int length = std::snprintf(text, sizeof text, form, value);
  return {text, static_cast<std::size_t>(length)};
}

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  return hexadecimal("\\u%04x", static_cast<unsigned>(c));
}

}  // namespace

std::string shown(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) {
      out += hexadecimal("\\x%02x", static_cast<unsigned char>(text[at++]));
      continue;
    }
    const std::string_view sequence = text.substr(at, length);
    const char32_t c = code_point(sequence);
    if (acts(c))
      out += escaped(c);
    else
      out += sequence;
    at += length;
  }
  return out;
}

std::string shown_lines(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    const bool carriage = end != std::string_view::npos && line.ends_with('\r');
    if (carriage) line.remove_suffix(1);
    out += shown(line);
    if (end == std::string_view::npos) return out;
    out += carriage ? "\r\n" : "\n";
    text.remove_prefix(end + 1);
  }
}

}  // namespace choreo::ctl
