// What each member of a registration may be, and the sentence for each thing it may not.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/limits.h"
#include "base/text.h"
#include "control/registration_members.h"
#include "control/secret.h"
#include "control/url.h"
#include "eoql/parser.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/operation.h"

namespace choreo::control {
namespace {

constexpr std::size_t kMaxTables = 100;
constexpr std::size_t kMaxHeaders = 32;
constexpr std::size_t kMaxHeaderNameBytes = 128;
constexpr std::size_t kMaxHeaderValueBytes = 4096;
constexpr std::size_t kMaxDescriptionBytes = 1024;
constexpr int kMaxInFlight = 64;

// Set by the delivery itself, or the connection's own business.
constexpr std::array<std::string_view, 11> kReservedHeaders = {
    "host", "content-length", "content-type", "transfer-encoding",  "connection", "expect", "upgrade",
    "te",   "trailer",        "x-trace-id",   "proxy-authorization"};
constexpr std::array<std::string_view, 2> kReservedPrefixes = {"webhook-", "x-choreo-"};

Error bad(const std::string& message, const std::string& field) {
  return invalid("bad_webhook", message, field);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string operator_list() {
  std::string out;
  for (std::string_view name : kOperatorNames) out += (out.empty() ? "" : " ") + std::string(name);
  return out;
}

// The strings of an array (null: none), each once.
Result<std::vector<std::string>> parse_strings(std::string_view value, const std::string& field) {
  std::vector<std::string> strings;
  if (json::is_null(value)) return strings;
  if (!json::is_array(value)) return bad(field + " must be an array of strings", field);
  for (std::string_view element : json::elements(value)) {
    if (!json::is_string(element)) return bad(field + " must hold strings only", field);
    std::string text = json::unquote(element);
    if (std::find(strings.begin(), strings.end(), text) == strings.end()) strings.push_back(std::move(text));
    if (strings.size() > kMaxTables)
      return bad(field + " must not have more than " + std::to_string(kMaxTables) + " elements", field);
  }
  return strings;
}

bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Status check_header(const std::string& name, const std::string& value, const Webhook& webhook) {
  if (!is_token(name) || name.size() > kMaxHeaderNameBytes)
    return invalid("bad_header", "'" + shortened(name) + "' is not a header name", "headers");
  const std::string lowered = lower(name);
  const bool reserved =
      std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lowered) != kReservedHeaders.end() ||
      std::any_of(kReservedPrefixes.begin(), kReservedPrefixes.end(),
                  [&](auto prefix) { return lowered.starts_with(prefix); });
  if (reserved)
    return invalid("bad_header", "header '" + shortened(name) + "' is set by the server and cannot be given",
                   "headers");
  for (const auto& header : webhook.headers)
    if (lower(header.first) == lowered)
      return invalid("bad_header", "header '" + shortened(name) + "' is given twice", "headers");
  const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (value.empty() || value.size() > kMaxHeaderValueBytes || !printable || value.front() == ' ' || value.back() == ' ')
    return invalid("bad_header",
                   "the value of header '" + shortened(name) + "' must be 1 to " +
                       std::to_string(kMaxHeaderValueBytes) +
                       " printable ASCII characters on one line, without spaces around it",
                   "headers");
  return {};
}

}  // namespace

std::optional<std::int64_t> integer_of(std::string_view value) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return number;
}

Status parse_filter(std::string_view value, Webhook& webhook) {
  CHOREO_ASSIGN(webhook.operators, parse_strings(value, "filter"));
  for (const std::string& name : webhook.operators)
    if (!operator_named(name))
      return invalid("bad_filter",
                     "filter holds '" + shortened(name) + "', which is no operator; known are " + operator_list(),
                     "filter");
  return {};
}

Status parse_tables(std::string_view value, Webhook& webhook) {
  CHOREO_ASSIGN(webhook.tables, parse_strings(value, "tables"));
  for (const std::string& name : webhook.tables)
    if (name.empty() || name.size() > kMaxTableNameBytes)
      return bad("a table name in tables must have 1 to " + std::to_string(kMaxTableNameBytes) + " bytes", "tables");
  return {};
}

Status parse_headers(std::string_view value, Webhook& webhook) {
  webhook.headers.clear();
  if (json::is_null(value)) return {};
  if (!json::is_object(value)) return bad("headers must be an object of strings", "headers");
  for (const json::Member& member : json::members(value)) {
    const std::string name = json::unescape(member.key);
    if (!json::is_string(member.value))
      return invalid("bad_header", "the value of header '" + shortened(name) + "' must be a string", "headers");
    std::string text = json::unquote(member.value);
    CHOREO_TRY(check_header(name, text, webhook));
    webhook.headers.emplace_back(name, std::move(text));
    if (webhook.headers.size() > kMaxHeaders)
      return invalid("bad_header", "headers must not have more than " + std::to_string(kMaxHeaders) + " members",
                     "headers");
  }
  return {};
}

Status parse_url(std::string_view value, Webhook& webhook) {
  if (json::is_null(value)) return bad("url is missing; give the http or https address to deliver to", "url");
  if (!json::is_string(value)) return bad("url must be a string, the http or https address to deliver to", "url");
  webhook.url = json::unquote(value);
  return check_url(webhook.url);
}

Status parse_secret(std::string_view value, Webhook& webhook) {
  webhook.secret.clear();
  if (json::is_null(value)) return {};
  webhook.secret = json::is_string(value) ? json::unquote(value) : std::string();
  if (secret_key(webhook.secret)) return {};
  return invalid("bad_secret", "secret must be the text whsec_ followed by the base64 of 24 to 64 bytes", "secret");
}

Status parse_description(std::string_view value, Webhook& webhook) {
  webhook.description.clear();
  if (json::is_null(value)) return {};
  if (!json::is_string(value)) return bad("description must be a string", "description");
  webhook.description = json::unquote(value);
  if (webhook.description.size() <= kMaxDescriptionBytes) return {};
  return bad("description must not have more than " + std::to_string(kMaxDescriptionBytes) + " bytes", "description");
}

Status parse_active(std::string_view value, Webhook& webhook) {
  if (json::kind_of(value) != json::Kind::boolean) return bad("active must be true or false", "active");
  webhook.active = value == "true";
  webhook.activated = webhook.active;
  if (webhook.active) webhook.disabled_reason.clear();
  return {};
}

Status parse_delivery(std::string_view value, Webhook& webhook) {
  if (!json::is_null(value) && value != "\"parallel\"" && value != "\"ordered\"")
    return bad("delivery must be \"parallel\" or \"ordered\"", "delivery");
  webhook.ordered = value == "\"ordered\"";
  return {};
}

Status parse_format(std::string_view value, Webhook& webhook) {
  if (!json::is_null(value) && value != "\"choreo\"" && value != "\"cloudevents\"")
    return bad("format must be \"choreo\" or \"cloudevents\"", "format");
  webhook.cloudevents = value == "\"cloudevents\"";
  return {};
}

Status parse_where(std::string_view value, Webhook& webhook) {
  webhook.where.clear();
  if (json::is_null(value)) return {};
  if (!json::is_string(value))
    return invalid("bad_where", "where must be a string of conditions, such as target.status=\"open\"", "where");
  webhook.where = json::unquote(value);
  if (webhook.where.size() > eoql::kMaxWhereBytes)
    return invalid("bad_where", "where must not have more than " + std::to_string(eoql::kMaxWhereBytes) + " bytes",
                   "where");
  CHOREO_TRY(eoql::parse_conditions(webhook.where));
  return {};
}

Status parse_max_in_flight(std::string_view value, Webhook& webhook) {
  webhook.max_in_flight = 0;
  if (json::is_null(value)) return {};
  const auto number = integer_of(value);
  if (!number || *number < 1 || *number > kMaxInFlight)
    return bad("max_in_flight must be an integer, 1 to " + std::to_string(kMaxInFlight), "max_in_flight");
  webhook.max_in_flight = static_cast<int>(*number);
  return {};
}

Status parse_from(std::string_view value, Webhook& webhook) {
  webhook.from.reset();
  if (json::is_null(value)) return {};
  webhook.from = value == "\"beginning\"" ? 1 : integer_of(value);
  if (webhook.from && *webhook.from >= 1) return {};
  return invalid("bad_from", "from must be \"beginning\" or the id of an operation, 1 or more", "from");
}

}  // namespace choreo::control
