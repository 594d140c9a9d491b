#include "operation/operation.h"

#include <charconv>

#include "json/scan.h"
#include "json/string.h"

namespace choreo {
namespace {

constexpr std::size_t kPrefixLength = 3;

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

// The first alphanumerics of a canonical string's or number's text, in upper case. The letters of an escape are not
// text.
std::string prefix_of(std::string_view value) {
  std::string prefix;
  for (std::size_t i = 0; i < value.size() && prefix.size() < kPrefixLength; ++i) {
    const char c = value[i];
    if (c == '\\') {
      i += value[i + 1] == 'u' ? 5 : 1;
    } else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) {
      prefix += c;
    } else if (c >= 'a' && c <= 'z') {
      prefix += static_cast<char>(c - 'a' + 'A');
    }
  }
  return prefix;
}

}  // namespace

std::optional<Operator> operator_named(std::string_view name) {
  for (std::size_t i = 0; i < kOperatorNames.size(); ++i) {
    if (kOperatorNames[i] == name) return static_cast<Operator>(i);
  }
  return std::nullopt;
}

std::string pretty_id(std::string_view target, std::int64_t id) {
  std::string name_prefix;
  std::string id_prefix;
  for (const json::Member& member : json::members(target)) {
    if (member.key == "name" && json::is_string(member.value)) name_prefix = prefix_of(member.value);
    if (member.key != "id") continue;
    const json::Kind kind = json::kind_of(member.value);
    if (kind == json::Kind::string || kind == json::Kind::number) id_prefix = prefix_of(member.value);
  }
  std::string out = !name_prefix.empty() ? std::move(name_prefix) : !id_prefix.empty() ? std::move(id_prefix) : "OP";
  out += '-';
  append_integer(out, id);
  return out;
}

void append_json(std::string& out, const Operation& operation) {
  constexpr std::size_t kNamesAndPunctuation = 128;
  out.reserve(out.size() + kNamesAndPunctuation + operation.pretty_id.size() + operation.guid.size() +
              operation.ts.size() + operation.target.size() + operation.context.size() + operation.frame.size());
  out += "{\"id\":";
  append_integer(out, operation.id);
  out += ",\"pretty_id\":";
  json::append_string(out, operation.pretty_id);
  out += ",\"guid\":";
  json::append_string(out, operation.guid);
  out += ",\"ts\":";
  json::append_string(out, operation.ts);
  out += ",\"op\":\"";
  out += name_of(operation.op);
  out += "\",\"target\":";
  out += operation.target;
  out += ",\"context\":";
  out += operation.context;
  out += ",\"frame\":";
  out += operation.frame;
  out += '}';
}

std::string webhook_body(std::string_view operation_json) {
  constexpr std::string_view kStreamStart = "{\"id\":";
  constexpr std::string_view kWebhookStart = "{\"op_id\":";
  std::string out;
  out.reserve(operation_json.size() + kWebhookStart.size() - kStreamStart.size());
  out += kWebhookStart;
  out += operation_json.substr(kStreamStart.size());
  return out;
}

std::string table_of(std::string_view context) {
  const auto table = json::find(context, "table");
  return table && json::is_string(*table) ? json::unquote(*table) : "_default";
}

}  // namespace choreo
