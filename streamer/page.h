// A piece of the log, read and encoded: what streams behind the live edge are served from.
//
// Invariants: every operation of the log after `after` up to last() is in events, in order.
// Thread-safety: immutable once shared, but for `scanned`, which any thread may set.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "streamer/event.h"

namespace choreo::streamer {

struct Page {
  std::int64_t after = 0;
  std::vector<EventPtr> events;
  std::size_t bytes = 0;  // of memory, roughly
  // Whether each event knows its facts, so that a filter costs its loop next to nothing.
  mutable std::atomic<bool> scanned{false};

  std::int64_t last() const { return events.empty() ? after : events.back()->id(); }
  // The events after that id; nothing if the page does not know what comes next.
  std::span<const EventPtr> following(std::int64_t id) const;
};

using PagePtr = std::shared_ptr<const Page>;

}  // namespace choreo::streamer
