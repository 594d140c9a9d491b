// What clients see of webhooks, attempts and deliveries given up.
#include <algorithm>

#include "control/json_members.h"
#include "control/webhooks.h"

namespace choreo::control {
namespace {

constexpr std::string_view kMask = "********";

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
  JsonObject out;
  for (const auto& header : headers) out.text(json::escape_key(header.first), kMask);
  return out.done();
}

std::string_view state_of(const Webhook& webhook) {
  if (!webhook.disabled_reason.empty()) return "disabled";
  if (!webhook.active) return "paused";
  return webhook.consecutive_failures > 0 ? "failing" : "active";
}

// Of a state that is not active.
std::string reason_of(const Webhook& webhook) {
  if (!webhook.disabled_reason.empty()) return webhook.disabled_reason;
  if (!webhook.active) return "active is false";
  return webhook.warning.empty() ? webhook.last_error : webhook.warning;
}

void append_registration(JsonObject& out, const Webhook& webhook, bool with_secret) {
  out.text("id", webhook.id).text("url", webhook.url);
  out.raw("active", webhook.active && webhook.disabled_reason.empty() ? "true" : "false");
  if (!webhook.operators.empty()) out.raw("filter", array_of(webhook.operators));
  if (!webhook.tables.empty()) out.raw("tables", array_of(webhook.tables));
  if (!webhook.where.empty()) out.text("where", webhook.where);
  if (!webhook.headers.empty()) out.raw("headers", masked(webhook.headers));
  if (!webhook.description.empty()) out.text("description", webhook.description);
  out.text("delivery", webhook.ordered ? "ordered" : "parallel");
  if (webhook.max_in_flight > 0) out.integer("max_in_flight", webhook.max_in_flight);
  out.text("format", webhook.cloudevents ? "cloudevents" : "choreo");
  out.text("created", webhook.created);
  if (with_secret && !webhook.secret.empty()) out.text("secret", webhook.secret);
}

std::string counts_of(const Webhook& webhook) {
  JsonObject counts;
  counts.integer("attempts", webhook.attempts).integer("delivered", webhook.delivered);
  return counts.integer("given_up", webhook.given_up).integer("warnings", webhook.warnings).done();
}

std::string_view name_of(Attempt::Result result) {
  if (result == Attempt::Result::delivered) return "delivered";
  return result == Attempt::Result::failed ? "failed" : "given_up";
}

}  // namespace

std::string to_json(const Webhook& webhook, std::int64_t head, bool with_secret) {
  JsonObject out;
  append_registration(out, webhook, with_secret);
  out.text("state", state_of(webhook)).text_or_null("reason", reason_of(webhook));
  out.integer("cursor", webhook.cursor).integer("lag", std::max<std::int64_t>(0, head - webhook.cursor));
  out.integer("in_flight", webhook.in_flight).integer("retrying", webhook.retrying).integer("dead", webhook.dead);
  out.integer("replays", webhook.replays).time("next_attempt", webhook.next_attempt_ms);
  out.text_or_null("last_attempt", webhook.last_attempt).text_or_null("last_success", webhook.last_success);
  out.integer("consecutive_failures", webhook.consecutive_failures);
  out.time("failing_since", webhook.failing_since_ms).time("disable_at", webhook.disable_at_ms);
  out.text_or_null("last_error", webhook.last_error).text_or_null("warning", webhook.warning);
  out.text_or_null("disabled_reason", webhook.disabled_reason);
  return out.raw("counts", counts_of(webhook)).done();
}

std::string to_json(const Attempt& attempt) {
  JsonObject out;
  out.integer("id", attempt.id);
  if (attempt.op_id == 0)
    out.raw("op_id", "null").raw("test", "true");
  else
    out.integer("op_id", attempt.op_id);
  out.integer("attempt", attempt.number).time("time", attempt.at_ms).text("result", name_of(attempt.result));
  if (attempt.status == 0)
    out.raw("status", "null");
  else
    out.integer("status", attempt.status);
  out.integer("latency_ms", attempt.latency_ms).text_or_null("error", attempt.error);
  return out.text("answer", attempt.answer).time("next_attempt", attempt.next_ms).done();
}

std::string dead_to_json(const Retry& dead) {
  JsonObject out;
  out.integer("op_id", dead.op_id).integer("attempts", dead.tries).time("given_up", dead.next_ms);
  return out.text_or_null("error", dead.error).done();
}

}  // namespace choreo::control
