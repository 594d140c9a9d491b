// The newest events of one log: what streams at the live edge are served from.
//
// Invariants: ids are consecutive; at most kRingEvents events and kRingBytes of text, the newest one always kept.
// Thread-safety: none; owned by a feed. Cost: push and following are O(1), amortized.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "streamer/event.h"

namespace choreo::streamer {

class Ring {
 public:
  // REQUIRES: event's id is last() + 1, or the ring is empty.
  void push(EventPtr event);
  void clear();

  bool empty() const { return start_ == events_.size(); }
  // REQUIRES: !empty().
  std::int64_t first() const { return events_[start_]->id(); }
  std::int64_t last() const { return events_.back()->id(); }

  // The events after that id, without gap; nothing if the next one is not here. Valid until the next change.
  std::span<const EventPtr> following(std::int64_t id) const;

 private:
  void evict();

  std::vector<EventPtr> events_;  // [start_, end): kept; before start_: null
  std::size_t start_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace choreo::streamer
