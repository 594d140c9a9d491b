#include "append/match_index.h"

#include "append/snapshot_options.h"
#include "json/object.h"
#include "projection/values.h"

namespace choreo::append {
namespace {

constexpr int kPage = 1000;  // ids read together

}  // namespace

std::string_view comparable(const std::string_view* value) {
  if (!value) return {};
  if (projection::marker(*value, "_nul")) return {};
  const std::optional<std::string_view> variants = projection::marker(*value, "_sup");
  if (!variants || !json::is_array(*variants)) return *value;
  for (std::string_view variant : json::elements(*variants))
    return projection::variant_value(variant).value_or(std::string_view());
  return {};
}

// "" for an entity that is not alive or has no text there that could be a key.
Result<std::string> MatchIndex::key_of(const std::string& id) {
  CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, state_.find(table_, id));
  if (!entity || !entity->alive) return std::string();
  const std::optional<std::string_view> field = json::find(entity->data, field_);
  const std::string_view value = comparable(field ? &*field : nullptr);
  return value.empty() ? std::string() : key_text(value);
}

Status MatchIndex::build() {
  std::string after;
  while (true) {
    CHOREO_ASSIGN(const std::vector<std::string> page, state_.alive_ids(table_, after, kPage));
    if (page.empty()) return {};
    for (const std::string& id : page) CHOREO_TRY(note(id));
    after = page.back();
  }
}

Status MatchIndex::note(const std::string& id) {
  CHOREO_ASSIGN(std::string key, key_of(id));
  if (!key.empty()) ids_.emplace(std::move(key), id);
  return {};
}

Result<std::optional<std::string>> MatchIndex::find(const std::string& key) {
  auto lowest = ids_.lower_bound({key, std::string()});
  while (lowest != ids_.end() && lowest->first == key) {
    CHOREO_ASSIGN(const std::string now, key_of(lowest->second));
    if (now == key) return std::optional(lowest->second);
    lowest = ids_.erase(lowest);
  }
  return std::optional<std::string>();
}

}  // namespace choreo::append
