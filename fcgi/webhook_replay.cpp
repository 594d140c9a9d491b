#include "fcgi/webhook_replay.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "json/scan.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

using control::Replay;

constexpr std::size_t kMaxOperations = 1000;
constexpr const char* kAllowed = "give {\"from\", \"to\"?}, {\"op_ids\": […]} or {\"dead\": true}, each of them alone";

Error bad(const std::string& message, const std::string& field) {
  return invalid("bad_webhook_replay", message, field);
}

std::string range_of(std::int64_t least, std::int64_t head) {
  if (head < least) return "but the log has no operation yet";
  return std::to_string(least) + " to " + std::to_string(head);
}

Result<std::int64_t> operation_id(std::string_view value, std::int64_t least, std::int64_t head,
                                  const std::string& field) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
  if (error == std::errc() && end == value.data() + value.size() && id >= least && id <= head) return id;
  return bad("'" + field + "' must be the id of an operation, " + range_of(least, head), field);
}

Result<Replay> parse_range(std::string_view from, const std::optional<std::string_view>& to, std::int64_t head) {
  Replay replay;
  CHOREO_ASSIGN(replay.next_id, operation_id(from, 1, head, "from"));
  replay.last_id = head;
  if (to) {
    CHOREO_ASSIGN(replay.last_id, operation_id(*to, replay.next_id, head, "to"));
  }
  return replay;
}

Result<Replay> parse_operations(std::string_view value, std::int64_t head) {
  Replay replay;
  replay.kind = Replay::Kind::operations;
  if (!json::is_array(value)) return bad("'op_ids' must be an array of ids", "op_ids");
  for (std::string_view element : json::elements(value)) {
    if (replay.ids.size() == kMaxOperations)
      return bad("'op_ids' must not have more than " + std::to_string(kMaxOperations) + " elements", "op_ids");
    CHOREO_ASSIGN(const std::int64_t id, operation_id(element, 1, head, "op_ids"));
    replay.ids.push_back(id);
  }
  if (replay.ids.empty()) return bad("'op_ids' must not be empty", "op_ids");
  std::sort(replay.ids.begin(), replay.ids.end());
  replay.ids.erase(std::unique(replay.ids.begin(), replay.ids.end()), replay.ids.end());
  replay.last_id = replay.ids.back();
  return replay;
}

Result<Replay> parse_dead(std::string_view value) {
  if (value != "true") return bad("'dead' must be true", "dead");
  Replay replay;
  replay.kind = Replay::Kind::dead;
  replay.last_id = INT64_MAX - 1;
  return replay;
}

}  // namespace

Result<Replay> parse_replay(std::string_view body, std::int64_t head) {
  const auto from = json::find(body, "from"), to = json::find(body, "to");
  const auto op_ids = json::find(body, "op_ids"), dead = json::find(body, "dead");
  if ((from || to ? 1 : 0) + (op_ids ? 1 : 0) + (dead ? 1 : 0) != 1) return bad(kAllowed, "");
  if (op_ids) return parse_operations(*op_ids, head);
  if (dead) return parse_dead(*dead);
  if (!from) return bad("'to' needs a 'from'", "from");
  return parse_range(*from, to, head);
}

std::int64_t operations_of(const Replay& replay, std::int64_t dead) {
  if (replay.kind == Replay::Kind::dead) return dead;
  if (replay.kind == Replay::Kind::operations) return static_cast<std::int64_t>(replay.ids.size());
  return replay.last_id - replay.next_id + 1;
}

}  // namespace choreo::fcgi
