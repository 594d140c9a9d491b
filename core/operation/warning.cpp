#include "operation/warning.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/string.h"

namespace choreo {
namespace {

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append_member(std::string& out, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":");
  json::append_string(out, text);
}

}  // namespace

std::string warnings_json(const std::vector<Warning>& warnings) {
  std::string out = "[";
  for (const Warning& warning : warnings) {
    if (&warning == warnings.data() + kMaxWarnings) break;
    if (out.size() > 1) out += ',';
    out += "{\"code\":";
    json::append_string(out, warning.code);
    append_member(out, "message", warning.message);
    append_member(out, "member", warning.member);
    append_member(out, "place", warning.place);
    out += '}';
  }
  return out + "]";
}

Warning unknown_member(std::string_view name, const std::string& member, const std::string& place) {
  const std::string shown = shortened(json::unescape(name));
  std::string message = "The member \"" + shown + "\" is not read";
  message += place.empty() ? "." : "; it belongs in " + place + ".";
  return {"unknown_member", std::move(message), member, place};
}

std::string place_of_member(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kServers = {"pretty_id", "op_id", "epoch"};
  static constexpr std::array<std::string_view, 4> kContext = {"table", "type", "generated_by", "trace_id"};
  static constexpr std::array<std::string_view, 10> kFrame = {
      "reason", "authority", "epistemic",     "source",           "audit",
      "replay", "match_on",  "absence_means", "null_fields_mean", "ignore_fields"};
  if (is_one_of(kServers, name)) return "";
  if (name == "ts") return "POST /instances/{slug}/seed";
  if (name == "idempotency_key") return "the header Idempotency-Key";
  const std::string text = shortened(json::unescape(name));
  if (is_one_of(kContext, name)) return "context." + text;
  return (is_one_of(kFrame, name) ? "frame." : "target.") + text;
}

}  // namespace choreo
