#include "streamer/start_point.h"

#include <algorithm>

#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

// A search back is needed only where a filter decides what counts.
void start_at_tail(const StreamRequest& request, std::int64_t head, StartPoint& start) {
  const std::int64_t count = request.start.value;
  if (request.filter.empty() || count == 0) {
    start.cursor = std::max<std::int64_t>(0, head - count);
  } else {
    start.cursor = head;
    start.tail = head == 0 ? 0 : count;
  }
}

}  // namespace

StartPoint start_point(const StreamRequest& request, const log::Head& log, std::int64_t retry_ms) {
  StartPoint start;
  start.opening = preamble(log.epoch, retry_ms);
  const bool other_epoch = !request.epoch.empty() && request.epoch != log.epoch;
  if (other_epoch && !request.start.after_reset) {
    const std::string zero = std::string(kAfterReset) + "0";
    start.opening += reset_event(zero, log.last_id, log.epoch);
    start.after_reset = true;
    return start;
  }
  start.after_reset = other_epoch;
  switch (request.start.from) {
    case Start::From::beginning:
      break;
    case Start::From::after:
      start.cursor = request.start.value;
      break;
    case Start::From::latest:
      start.cursor = log.last_id;
      // So that a client that loses the connection before the first operation comes back to this place.
      start.opening += position_event(log.last_id);
      break;
    case Start::From::tail:
      start_at_tail(request, log.last_id, start);
      break;
  }
  if (start.cursor > log.last_id) {
    start.cursor = 0;
    start.opening += reset_event(start.after_reset ? "00" : "0", log.last_id, log.epoch);
  }
  return start;
}

}  // namespace choreo::streamer
