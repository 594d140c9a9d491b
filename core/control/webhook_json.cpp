#include <algorithm>

#include "control/webhooks.h"
#include "json/string.h"

namespace choreo::control {
namespace {

constexpr std::string_view kMask = "********";

void member(std::string& out, std::string_view name, std::string_view json) {
  if (out.size() > 1) out += ',';
  out += '"';
  out += name;
  out += "\":";
  out += json;
}

void text_member(std::string& out, std::string_view name, std::string_view value) {
  member(out, name, json::quote(value));
}

void text_or_null(std::string& out, std::string_view name, std::string_view value) {
  member(out, name, value.empty() ? "null" : json::quote(value));
}

void integer_member(std::string& out, std::string_view name, std::int64_t value) {
  member(out, name, std::to_string(value));
}

std::string array_of(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    json::append_string(out, value);
  }
  return out + "]";
}

// Values may be credentials, so only names are shown.
std::string masked(const std::vector<std::pair<std::string, std::string>>& headers) {
  std::string out = "{";
  for (const auto& header : headers) text_member(out, header.first, kMask);
  return out + "}";
}

std::string_view state_of(const Webhook& webhook) {
  if (!webhook.active || !webhook.disabled_reason.empty()) return "disabled";
  return webhook.consecutive_failures > 0 ? "failing" : "active";
}

void append_registration(std::string& out, const Webhook& webhook, bool with_secret) {
  text_member(out, "id", webhook.id);
  text_member(out, "url", webhook.url);
  member(out, "active", webhook.active && webhook.disabled_reason.empty() ? "true" : "false");
  if (!webhook.operators.empty()) member(out, "filter", array_of(webhook.operators));
  if (!webhook.tables.empty()) member(out, "tables", array_of(webhook.tables));
  if (!webhook.headers.empty()) member(out, "headers", masked(webhook.headers));
  if (!webhook.description.empty()) text_member(out, "description", webhook.description);
  text_member(out, "created", webhook.created);
  if (with_secret && !webhook.secret.empty()) text_member(out, "secret", webhook.secret);
}

}  // namespace

std::string to_json(const Webhook& webhook, std::int64_t head, bool with_secret) {
  std::string out = "{";
  append_registration(out, webhook, with_secret);
  text_member(out, "state", state_of(webhook));
  integer_member(out, "cursor", webhook.cursor);
  integer_member(out, "lag", std::max<std::int64_t>(0, head - webhook.cursor));
  integer_member(out, "retrying", webhook.retrying);
  integer_member(out, "dead", webhook.dead);
  text_or_null(out, "last_attempt", webhook.last_attempt);
  text_or_null(out, "last_success", webhook.last_success);
  integer_member(out, "consecutive_failures", webhook.consecutive_failures);
  text_or_null(out, "last_error", webhook.last_error);
  text_or_null(out, "disabled_reason", webhook.disabled_reason);
  return out + "}";
}

}  // namespace choreo::control
