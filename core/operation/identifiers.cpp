#include "operation/identifiers.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo {
namespace {

// U+0000–U+001F and U+007F–U+009F; the latter are DEL and C2 80 to C2 9F.
bool has_control_character(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true;
  }
  return false;
}

}  // namespace

bool is_integer_text(std::string_view value) {
  if (value == "-0") return false;
  if (!value.empty() && value.front() == '-') value.remove_prefix(1);
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string text_of_id(std::string_view value) {
  return json::is_string(value) ? json::unquote(value) : std::string(value);
}

Status check_id(std::string_view utf8, std::string_view name) {
  const std::string member(name);
  if (utf8.empty()) return invalid("bad_id", "\"" + member + "\" is empty; an id has at least one character.", member);
  if (utf8.size() > kMaxEntityIdBytes) {
    return invalid("bad_id",
                   "\"" + member + "\" is " + std::to_string(utf8.size()) + " bytes long; an id has at most " +
                       std::to_string(kMaxEntityIdBytes) + ".",
                   member);
  }
  if (has_control_character(utf8)) {
    return invalid("bad_id", "\"" + member + "\" holds a control character; an id may hold none.", member);
  }
  return {};
}

Status check_table_name(std::string_view utf8) {
  if (utf8.empty() || utf8.size() > kMaxTableNameBytes) {
    return invalid("bad_table",
                   "The table's name is " + std::to_string(utf8.size()) + " bytes long; it has 1 to " +
                       std::to_string(kMaxTableNameBytes) + ".",
                   "table");
  }
  if (has_control_character(utf8)) {
    return invalid("bad_table", "The table's name holds a control character; it may hold none.", "table");
  }
  return {};
}

std::string shown(std::string_view utf8) {
  return "\"" + shortened(utf8) + "\"";
}

std::string_view kind_shown(std::string_view value) {
  switch (json::kind_of(value)) {
    case json::Kind::object:
      return "an object";
    case json::Kind::array:
      return "an array";
    case json::Kind::string:
      return "a string";
    case json::Kind::number:
      return "a number";
    case json::Kind::boolean:
      return value;
    case json::Kind::null:
      break;
  }
  return "null";
}

}  // namespace choreo
