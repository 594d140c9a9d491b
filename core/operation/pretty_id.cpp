#include <locale.h>
#include <wctype.h>

#include <optional>

#include "base/text.h"
#include "json/scan.h"
#include "json/utf8.h"
#include "operation/operation.h"

namespace choreo {
namespace {

constexpr std::size_t kPrefixLength = 3;  // characters

// Letters of all scripts count, whatever locale the process was started in.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t decode(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  char32_t code_point = byte(0) & (0xff >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) code_point = code_point << 6 | (byte(i) & 0x3f);
  return code_point;
}

void append_upper_case(std::string& out, std::string_view sequence) {
  const auto character = static_cast<wint_t>(decode(sequence));
  if (!unicode() || !iswalnum_l(character, unicode())) return;
  json::append_utf8(out, static_cast<std::uint32_t>(towupper_l(character, unicode())));
}

// The first alphanumerics of a canonical value's text, in upper case. The letters of an escape are not text.
std::string prefix_of(std::string_view value) {
  std::string prefix;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < value.size() && characters < kPrefixLength;) {
    const char c = value[i];
    const std::size_t before = prefix.size();
    if (c == '\\') {
      i += value[i + 1] == 'u' ? 6 : 2;
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      const std::size_t length = utf8_sequence(value, i);
      append_upper_case(prefix, value.substr(i, length));
      i += length;
    } else {
      if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) prefix += c;
      if (c >= 'a' && c <= 'z') prefix += static_cast<char>(c - 'a' + 'A');
      ++i;
    }
    if (prefix.size() != before) ++characters;
  }
  return prefix;
}

// What the earlier system took for no name.
bool is_empty(const std::optional<std::string_view>& value) {
  return !value || *value == "null" || *value == "\"\"" || *value == "false" || *value == "0" || *value == "[]" ||
         *value == "{}";
}

}  // namespace

std::string pretty_id(std::string_view target, std::int64_t id) {
  std::optional<std::string_view> name, entity;
  for (const json::Member& member : json::members(target)) {
    if (member.key == "name") name = member.value;
    if (member.key == "id") entity = member.value;
  }
  const std::optional<std::string_view>& called = is_empty(name) ? entity : name;
  std::string prefix = is_empty(called) ? std::string() : prefix_of(*called);
  if (prefix.empty()) prefix = "OP";
  return prefix + "-" + std::to_string(id);
}

}  // namespace choreo
