#include "streamer/page.h"

#include <algorithm>

namespace choreo::streamer {

std::span<const EventPtr> Page::following(std::int64_t id) const {
  if (id < after || id >= last()) return {};
  const auto next =
      std::partition_point(events.begin(), events.end(), [&](const EventPtr& e) { return e->id() <= id; });
  return std::span(events).subspan(static_cast<std::size_t>(next - events.begin()));
}

}  // namespace choreo::streamer
