#include "wire/head_changes.h"

#include <map>
#include <utility>

#include "base/ids.h"

namespace choreo::wire {

std::vector<Observed> latest(const std::vector<log::HeadWatcher::Change>& changes) {
  std::map<std::string, Observed> by_slug;
  for (const auto& change : changes) {
    Observed& observed = by_slug.try_emplace(change.slug, Observed{change.slug, std::nullopt}).first->second;
    observed.returned = observed.returned || change.returned;
    observed.head = change.gone ? std::nullopt : std::optional(change.head);
  }
  std::vector<Observed> out;
  out.reserve(by_slug.size());
  for (auto& [slug, observed] : by_slug) out.push_back(std::move(observed));
  return out;
}

std::optional<Observed> observe_now(log::HeadWatcher& watcher, const log::Instances& instances,
                                    const std::string& slug) {
  if (!check_slug(slug).ok()) return Observed{slug, std::nullopt};
  for (const Observed& observed : latest(watcher.look_again(slug)))
    if (observed.head.has_value()) return Observed{slug, observed.head, observed.returned};
  const auto identity = instances.identity(slug);
  if (!identity.ok() && identity.error().kind == ErrorKind::not_found) return Observed{slug, std::nullopt};
  return std::nullopt;
}

}  // namespace choreo::wire
