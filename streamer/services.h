// What all loops share.
#pragma once

#include <atomic>
#include <cstdint>

#include "access/gate.h"
#include "base/clock.h"
#include "base/random.h"
#include "streamer/history.h"
#include "streamer/hub.h"
#include "streamer/options.h"

namespace choreo::streamer {

struct Services {
  const StreamerOptions& options;
  Clock& clock;
  Random& random;
  History& history;
  Hub& hub;
  access::Gate* const gate;        // null where CHOREO_AUTH=none
  const std::int64_t started_ms;   // steady
  const std::int64_t max_streams;  // the option, or what the descriptors allow
  std::atomic<std::int64_t>& streams;
  std::atomic<std::int64_t>& events;  // sent so far
};

}  // namespace choreo::streamer
