// What the server asks for its answers. All that it knows of the application.
//
// Thread-safety: start() and busy() are called by the server's loop, which serves nobody else meanwhile: they must not
// wait. serve() is called by many threads at once. Exceptions end the request without an answer.
#pragma once

#include <optional>

#include "fcgi/server/answer.h"
#include "fcgi/server/deferred.h"
#include "fcgi/server/request.h"

namespace choreo::fcgi::server {

// Which threads serve a request that the loop does not answer.
enum class Lane {
  pool,
  aside,  // one thread that nothing else can take
};

struct Start {
  std::optional<Answer> answer;  // nothing: the ticket was taken, or serve() answers
  Lane lane = Lane::pool;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Answers, or moves the ticket into a Deferred, or leaves the request to serve().
  virtual Start start(Request& request, Ticket& ticket) = 0;
  // On a thread, for what start() left and for bodies that are read while they arrive. May wait.
  virtual Answer serve(Request& request) = 0;
  // For a request that cannot be served now, because too much waits.
  virtual Answer busy(Request& request) = 0;
};

}  // namespace choreo::fcgi::server
