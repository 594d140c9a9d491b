// Where a stream starts, and what it is told first (SPEC 6, docs/stream.md).
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "log/reader.h"
#include "streamer/stream_request.h"

namespace choreo::streamer {

struct StartPoint {
  std::string opening;       // the first events and comments
  std::int64_t cursor = 0;   // operations after this one follow
  std::int64_t tail = 0;     // > 0: the cursor is to be searched for, back from here
  bool after_reset = false;  // ids are marked (streamer/sse.h kAfterReset)
};

// log: epoch and head of the instance, read after the request came.
StartPoint start_point(const StreamRequest& request, const log::Head& log, std::int64_t retry_ms);

}  // namespace choreo::streamer
