#include "eoql/odd_characters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "base/text.h"

namespace choreo::eoql {
namespace {

constexpr std::string_view kSpace = "a plain space";
constexpr std::string_view kNothing = "nothing in its place, or quotes around the text that holds it";
constexpr std::string_view kDouble = "the plain quote \"";
constexpr std::string_view kSingle = "the plain quote ' or \"";
constexpr std::string_view kAscii = "the plain character of ASCII";

struct Range {
  std::uint32_t first, last;
  std::string_view name;
  std::string_view in_place;
};

// White space (Unicode's White_Space), characters without width, controls, quotation marks, and the forms of the
// language's own punctuation that other scripts' keyboards give. By code point.
constexpr Range kOdd[] = {
    {0x0000, 0x0000, "null", kNothing},
    {0x0001, 0x0008, "control character", kNothing},
    {0x000B, 0x000B, "line tabulation", kSpace},
    {0x000C, 0x000C, "form feed", kSpace},
    {0x000E, 0x001F, "control character", kNothing},
    {0x0060, 0x0060, "grave accent", kSingle},
    {0x007F, 0x007F, "delete", kNothing},
    {0x0085, 0x0085, "next line", kSpace},
    {0x0080, 0x009F, "control character", kNothing},
    {0x00A0, 0x00A0, "no-break space", kSpace},
    {0x00AB, 0x00AB, "left-pointing double angle quotation mark", kDouble},
    {0x00AD, 0x00AD, "soft hyphen", kNothing},
    {0x00B4, 0x00B4, "acute accent", kSingle},
    {0x00BB, 0x00BB, "right-pointing double angle quotation mark", kDouble},
    {0x034F, 0x034F, "combining grapheme joiner", kNothing},
    {0x061C, 0x061C, "arabic letter mark", kNothing},
    {0x115F, 0x1160, "hangul filler", kNothing},
    {0x1680, 0x1680, "ogham space mark", kSpace},
    {0x180E, 0x180E, "mongolian vowel separator", kNothing},
    {0x2000, 0x2000, "en quad", kSpace},
    {0x2001, 0x2001, "em quad", kSpace},
    {0x2002, 0x2002, "en space", kSpace},
    {0x2003, 0x2003, "em space", kSpace},
    {0x2004, 0x2004, "three-per-em space", kSpace},
    {0x2005, 0x2005, "four-per-em space", kSpace},
    {0x2006, 0x2006, "six-per-em space", kSpace},
    {0x2007, 0x2007, "figure space", kSpace},
    {0x2008, 0x2008, "punctuation space", kSpace},
    {0x2009, 0x2009, "thin space", kSpace},
    {0x200A, 0x200A, "hair space", kSpace},
    {0x200B, 0x200B, "zero width space", kNothing},
    {0x200C, 0x200C, "zero width non-joiner", kNothing},
    {0x200D, 0x200D, "zero width joiner", kNothing},
    {0x200E, 0x200E, "left-to-right mark", kNothing},
    {0x200F, 0x200F, "right-to-left mark", kNothing},
    {0x2018, 0x2018, "left single quotation mark", kSingle},
    {0x2019, 0x2019, "right single quotation mark", kSingle},
    {0x201A, 0x201A, "single low-9 quotation mark", kSingle},
    {0x201B, 0x201B, "single high-reversed-9 quotation mark", kSingle},
    {0x201C, 0x201C, "left double quotation mark", kDouble},
    {0x201D, 0x201D, "right double quotation mark", kDouble},
    {0x201E, 0x201E, "double low-9 quotation mark", kDouble},
    {0x201F, 0x201F, "double high-reversed-9 quotation mark", kDouble},
    {0x2028, 0x2028, "line separator", kSpace},
    {0x2029, 0x2029, "paragraph separator", kSpace},
    {0x202A, 0x202E, "bidirectional control", kNothing},
    {0x202F, 0x202F, "narrow no-break space", kSpace},
    {0x2032, 0x2032, "prime", kSingle},
    {0x2033, 0x2033, "double prime", kDouble},
    {0x2035, 0x2035, "reversed prime", kSingle},
    {0x2036, 0x2036, "reversed double prime", kDouble},
    {0x2039, 0x2039, "single left-pointing angle quotation mark", kSingle},
    {0x203A, 0x203A, "single right-pointing angle quotation mark", kSingle},
    {0x205F, 0x205F, "medium mathematical space", kSpace},
    {0x2060, 0x2060, "word joiner", kNothing},
    {0x2061, 0x2064, "invisible operator", kNothing},
    {0x2066, 0x2069, "bidirectional control", kNothing},
    {0x206A, 0x206F, "deprecated format character", kNothing},
    {0x2260, 0x2260, "not equal to", "!="},
    {0x2264, 0x2264, "less-than or equal to", "<="},
    {0x2265, 0x2265, "greater-than or equal to", ">="},
    {0x2800, 0x2800, "braille pattern blank", kSpace},
    {0x3000, 0x3000, "ideographic space", kSpace},
    {0x300C, 0x300F, "corner bracket", kDouble},
    {0x301D, 0x301D, "reversed double prime quotation mark", kDouble},
    {0x301E, 0x301E, "double prime quotation mark", kDouble},
    {0x301F, 0x301F, "low double prime quotation mark", kDouble},
    {0x3164, 0x3164, "hangul filler", kNothing},
    {0xFEFF, 0xFEFF, "zero width no-break space, or byte order mark", kNothing},
    {0xFF01, 0xFF01, "fullwidth exclamation mark", kAscii},
    {0xFF02, 0xFF02, "fullwidth quotation mark", kAscii},
    {0xFF07, 0xFF07, "fullwidth apostrophe", kAscii},
    {0xFF08, 0xFF08, "fullwidth left parenthesis", kAscii},
    {0xFF09, 0xFF09, "fullwidth right parenthesis", kAscii},
    {0xFF0C, 0xFF0C, "fullwidth comma", kAscii},
    {0xFF0E, 0xFF0E, "fullwidth full stop", kAscii},
    {0xFF1C, 0xFF1C, "fullwidth less-than sign", kAscii},
    {0xFF1D, 0xFF1D, "fullwidth equals sign", kAscii},
    {0xFF1E, 0xFF1E, "fullwidth greater-than sign", kAscii},
    {0xFFA0, 0xFFA0, "halfwidth hangul filler", kNothing},
    {0xFFF9, 0xFFFB, "interlinear annotation character", kNothing},
    {0xFFFC, 0xFFFC, "object replacement character", kNothing},
    {0xFFFD, 0xFFFD, "replacement character", kNothing},
    {0xE0000, 0xE007F, "tag character", kNothing},
};

std::uint32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(sequence[i])); };
  if (sequence.size() == 1) return byte(0);
  std::uint32_t out = byte(0) & (0xFFu >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) out = out << 6 | (byte(i) & 0x3F);
  return out;
}

std::string named(std::uint32_t code, std::string_view name) {
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), "U+%04X", static_cast<unsigned>(code));
  return std::string(number.data()) + " (" + std::string(name) + ")";
}

}  // namespace

std::optional<OddCharacter> find_odd_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::max<std::size_t>(utf8_sequence(text, at), 1);
    const std::uint32_t code = code_point(text.substr(at, length));
    for (const auto& [first, last, name, in_place] : kOdd)
      if (code >= first && code <= last) return OddCharacter{at, named(code, name), in_place};
    at += length;
  }
  return std::nullopt;
}

}  // namespace choreo::eoql
