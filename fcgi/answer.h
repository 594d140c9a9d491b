// Responses as the server sends them.
#pragma once

#include <string>

#include "fcgi/request.h"
#include "fcgi/server/answer.h"
#include "fcgi/server/request.h"

namespace choreo::fcgi {

// Who is answered.
struct Asker {
  bool head_only = false;  // it was a HEAD request
  std::string trace_id;
};

// A line for each request, where debug lines are wanted.
void log_request(const server::Request& request, const Asker& asker, int status);

server::Answer to_answer(const Asker& asker, Response response);

}  // namespace choreo::fcgi
