// Trace ids: what a client gave, or one made for it (SPEC 5).
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace choreo::http {

// The id in X-Trace-ID (printable ASCII, 1 to 128 bytes), else the trace-id of a valid W3C traceparent; nothing if
// neither is there or well-formed. Empty views stand for absent headers.
std::optional<std::string> given_trace_id(std::string_view x_trace_id, std::string_view traceparent);

// 32 hexadecimal digits.
std::string make_trace_id(Random& random);

}  // namespace choreo::http
