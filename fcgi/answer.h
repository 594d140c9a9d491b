// Responses as FastCGI records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "fcgi/request.h"

namespace choreo::fcgi {

// Who is answered.
struct Asker {
  std::uint16_t id = 0;    // of the FastCGI request
  bool head_only = false;  // it was a HEAD request
  bool last = false;       // the connection is not to be used again
  std::string trace_id;
};

// The whole answer. REQUIRES: !response.stream.
std::string whole_answer(const Asker& asker, const Response& response);

// Takes records; the last call, with `last` true, ends the request. False: the client is gone.
using SendRecords = std::function<bool(std::string_view records, bool last)>;

// An answer that is made while it is sent. False: the client is gone, or the answer could not be made to its end. The
// connection must then be closed without an end of the request, so that what was sent is not taken for the whole.
bool stream_answer(const Asker& asker, const Response& response, const SendRecords& send);

}  // namespace choreo::fcgi
