// parse_registration and apply_change: which members a client may give, and when.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "control/registration_members.h"
#include "control/secret.h"
#include "control/webhooks.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::control {
namespace {

struct Member {
  std::string_view name;
  Status (*parse)(std::string_view value, Webhook& webhook);
  bool changeable;  // by apply_change
};

// In the order in which they are checked.
constexpr Member kMembers[] = {
    {"url", parse_url, true},
    {"secret", parse_secret, false},
    {"description", parse_description, true},
    {"active", parse_active, true},
    {"filter", parse_filter, true},
    {"tables", parse_tables, true},
    {"where", parse_where, true},
    {"headers", parse_headers, true},
    {"delivery", parse_delivery, true},
    {"max_in_flight", parse_max_in_flight, true},
    {"format", parse_format, true},
    {"from", parse_from, false},
};

static_assert(std::equal(std::begin(kMembers), std::end(kMembers), kRegistrationMembers.begin(),
                         kRegistrationMembers.end(),
                         [](const Member& member, std::string_view name) { return member.name == name; }));

Error not_changeable(const std::string& name) {
  std::string allowed;
  for (const Member& member : kMembers)
    if (member.changeable) allowed.append(allowed.empty() ? "" : ", ").append(member.name);
  return invalid("bad_webhook", "'" + shortened(name) + "' cannot be changed here; what can be is " + allowed, name);
}

}  // namespace

Result<Webhook> parse_registration(std::string_view body) {
  if (!json::is_object(body)) return invalid("bad_webhook", "a webhook is a JSON object with at least a url");
  Webhook webhook;
  for (const Member& member : kMembers) {
    const auto value = json::find(body, member.name);
    if (value || member.name == "url") CHOREO_TRY(member.parse(value.value_or("null"), webhook));
  }
  return webhook;
}

Result<Rotation> parse_rotation(std::string_view body, std::int64_t default_secs, std::int64_t max_secs,
                                Random& random) {
  Rotation rotation{"", default_secs};
  for (const json::Member& given : json::members(body)) {
    const std::string name = json::unescape(given.key);
    if (name == "secret") {
      Webhook webhook;
      CHOREO_TRY(parse_secret(given.value, webhook));
      rotation.secret = webhook.secret;
      continue;
    }
    const auto seconds = integer_of(given.value);
    if (name != "overlap_seconds" || !seconds || *seconds < 0 || *seconds > max_secs)
      return invalid("bad_rotation",
                     "give overlap_seconds, an integer from 0 to " + std::to_string(max_secs) + ", secret, or nothing",
                     name);
    rotation.overlap_secs = *seconds;
  }
  if (rotation.secret.empty()) rotation.secret = new_secret(random);
  return rotation;
}

Status apply_change(std::string_view body, Webhook& webhook) {
  for (const json::Member& given : json::members(body)) {
    const std::string name = json::unescape(given.key);
    const auto member =
        std::find_if(std::begin(kMembers), std::end(kMembers), [&](const Member& one) { return one.name == name; });
    if (member == std::end(kMembers) || !member->changeable) return not_changeable(name);
    CHOREO_TRY(member->parse(given.value, webhook));
  }
  return {};
}

}  // namespace choreo::control
