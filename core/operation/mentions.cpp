#include <algorithm>
#include <array>

#include "base/limits.h"
#include "json/scan.h"
#include "operation/identifiers.h"
#include "operation/operation.h"

namespace choreo {
namespace {

constexpr std::array<std::string_view, 10> kMentioningMembers = {
    "id", "entity_id", "source", "from", "target", "to", "merge_into", "primary", "merge_from", "secondary"};

bool mentions(std::string_view key) {
  return std::find(kMentioningMembers.begin(), kMentioningMembers.end(), key) != kMentioningMembers.end();
}

}  // namespace

std::vector<std::string> mentioned_ids(std::string_view target) {
  std::vector<std::string> ids;
  for (const json::Member& member : json::members(target)) {
    if (!mentions(member.key) || !(json::is_string(member.value) || is_integer_text(member.value))) continue;
    std::string id = text_of_id(member.value);
    if (id.empty() || id.size() > kMaxEntityIdBytes) continue;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace choreo
