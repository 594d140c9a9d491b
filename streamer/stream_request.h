// What a client asks of `GET /{i}/stream` (SPEC 6, docs/stream.md).
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "http/target.h"
#include "streamer/filter.h"
#include "streamer/http_request.h"

namespace choreo::streamer {

struct Start {
  enum class From { beginning, after, latest, tail };
  From from = From::beginning;
  std::int64_t value = 0;    // after: the last operation the client has; tail: how many
  bool after_reset = false;  // the position was counted after a reset (streamer/sse.h kAfterReset)
};

struct StreamRequest {
  std::string slug;
  Start start;
  std::string epoch;       // "" where the client names none
  std::string event_name;  // of operations, in place of kOperationName; "" where the client names none
  Filter filter;
};

// Leaves in the target's query what was taken (http::take_parameters). REQUIRES: target is that of a stream: two
// segments. Errors are kind invalid and name the field: those of check_slug, unknown_parameter, bad_parameter,
// bad_operator.
Result<StreamRequest> parse_stream_request(const RequestHead& head, http::Target& target);

}  // namespace choreo::streamer
