// The HTTP answers of the streamer; every connection carries one and is then closed.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::streamer {

// The whole answer. with_body: false for HEAD.
std::string ok_answer(std::string_view json, std::string_view trace_id, bool with_body);
std::string error_answer(const Error& error, std::string_view trace_id, bool with_body);
// 204, for OPTIONS.
std::string options_answer(std::string_view trace_id);
// The head of a stream; the body ends with the connection, so that buffers are shared as they are.
std::string stream_head(std::string_view epoch, std::string_view trace_id);

}  // namespace choreo::streamer
