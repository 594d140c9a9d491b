#include "operation/operation.h"

#include <charconv>

#include "json/scan.h"
#include "json/string.h"

namespace choreo {
namespace {

void append_integer(std::string& out, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace

std::optional<Operator> operator_named(std::string_view name) {
  for (std::size_t i = 0; i < kOperatorNames.size(); ++i) {
    if (kOperatorNames[i] == name) return static_cast<Operator>(i);
  }
  return std::nullopt;
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

std::string with_id(std::string_view target, std::string_view id) {
  std::string out = "{\"id\":" + json::quote(id);
  if (target.size() > 2) out += ',';
  return out.append(target.substr(1));
}

std::string table_of(std::string_view context) {
  const auto table = json::find(context, "table");
  return table && json::is_string(*table) ? json::unquote(*table) : "_default";
}

}  // namespace choreo
