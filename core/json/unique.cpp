#include "json/unique.h"

#include <algorithm>
#include <array>
#include <vector>

#include "json/scan.h"

namespace choreo::json {
namespace {

constexpr std::size_t kCompared = 16;  // up to here comparing each with each beats sorting

std::optional<std::string_view> repeated_among_many(std::string_view object) {
  std::vector<std::string_view> keys;
  for (const Member& member : members(object)) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  const auto found = std::adjacent_find(keys.begin(), keys.end());
  if (found == keys.end()) return std::nullopt;
  return *found;
}

}  // namespace

std::optional<std::string_view> repeated_key(std::string_view object) {
  std::array<std::string_view, kCompared> seen;
  std::size_t count = 0;
  for (const Member& member : members(object)) {
    const auto end = seen.begin() + count;
    if (std::find(seen.begin(), end, member.key) != end) return member.key;
    if (count == seen.size()) return repeated_among_many(object);
    seen[count++] = member.key;
  }
  return std::nullopt;
}

}  // namespace choreo::json
