// An answer as the server sends it: the head as CGI has it, and a body that is there, or made piece by piece.
// Thread-safety: one thread at a time; a body may be continued by another thread than the one that began it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace choreo::fcgi::server {

// A body that is made while it is sent.
class Body {
 public:
  virtual ~Body() = default;
  // Appends the next piece to out; false: that was the last one. An error cuts the answer short: its request is not
  // ended, so that what was sent is not taken for the whole.
  virtual Result<bool> next(std::string& out) = 0;
  // The reader takes nothing at the moment: keep no more memory than is needed to go on.
  virtual void paused() {}
};

struct Answer {
  int status = 200;
  std::string head;  // "Status: 200 OK\r\n…\r\n\r\n"
  std::string body;
  std::unique_ptr<Body> rest;  // after `body`
};

}  // namespace choreo::fcgi::server
