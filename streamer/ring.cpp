#include "streamer/ring.h"

#include "streamer/limits.h"

namespace choreo::streamer {

void Ring::push(EventPtr event) {
  bytes_ += event->text().size();
  events_.push_back(std::move(event));
  while (events_.size() - start_ > 1 && (events_.size() - start_ > kRingEvents || bytes_ > kRingBytes)) evict();
  if (start_ > kRingEvents) {
    events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
  }
}

void Ring::evict() {
  bytes_ -= events_[start_]->text().size();
  events_[start_++].reset();
}

void Ring::clear() {
  events_ = {};
  start_ = bytes_ = 0;
}

std::span<const EventPtr> Ring::following(std::int64_t id) const {
  if (empty() || id + 1 < first() || id >= last()) return {};
  const auto skipped = static_cast<std::size_t>(id + 1 - first());
  return std::span(events_).subspan(start_ + skipped);
}

}  // namespace choreo::streamer
