// Which handler serves a request; 404, 405 with Allow, OPTIONS and HEAD for all of them.
//
// Thread-safety: constant after construction; handle() may be called from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/access_table.h"
#include "fcgi/deferred.h"
#include "fcgi/request.h"
#include "fcgi/route_inputs.h"
#include "fcgi/server/handler.h"

namespace choreo::fcgi {

// Serves a request; may block.
using Handler = std::function<Result<Response>(Request&)>;

// Begins a request whose answer is delivered later (deferred.h); must not block. Either moves the ticket into a
// Deferred or returns a response. Where it does neither, the route's handler serves the request.
using Starter = std::function<Result<std::optional<Response>>(Request&, Ticket&)>;

class Router {
 public:
  struct Route;
  enum class Waiting { allowed, forbidden };
  // Looks at a request before its route serves it; an error is its answer. False: it cannot tell without waiting.
  using Guard = std::function<Result<bool>(Request&, const Route&, Waiting)>;
  void set_guard(Guard guard) { guard_ = std::move(guard); }

  // pattern: "/instances/{}/seed"; `{}` stands for any one segment. A route with a name in the place of another's `{}`
  // is tried before it, so that an instance may have the name of a route.
  // lane: aside for one that is served whatever takes the other threads.
  void add(std::string method, std::string_view pattern, Handler handler, Starter starter = nullptr,
           server::Lane lane = server::Lane::pool);

  // Whether start() has something to tell of requests with that method.
  bool may_start(std::string_view method) const;
  struct Started {
    std::optional<Response> response;  // nothing: the ticket was taken, or handle() serves the request
    server::Lane lane = server::Lane::pool;
  };
  // Runs the starter of the request's route, if it has one. Never throws, never waits.
  Started start(Request& request, Ticket& ticket) const;

  // Never throws: an exception of a library becomes a 500 with a log line. Answers a question of nginx (questions.h)
  // too.
  Response handle(Request& request) const;

  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
    Starter starter;  // may be empty
    const AccessRule* access;
    const RouteInput* input;
    server::Lane lane = server::Lane::pool;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Found {
    const Route* route = nullptr;      // null: none with that method
    std::vector<std::string> methods;  // of the address, up to that one; none: nothing is there
  };
  Found find(const Request& request) const;
  Response not_served(const Request& request, std::vector<std::string> methods) const;
  Response answer_question(Request& request, std::string_view question) const;
  // What is looked at before the route is: who asks, and whether it takes what was given. False: as Guard's.
  Result<bool> prepare(Request& request, const Route& route, Waiting waiting) const;

  std::vector<Route> routes_;
  Guard guard_ = [](Request&, const Route&, Waiting) { return Result<bool>(true); };
};

// Answers an error, with a log line where it is not the client's. what: the request, for the log.
struct Asked {
  std::string method;
  std::string path;
  std::string trace_id;
};
Response refuse(const Asked& asked, const Error& error);

}  // namespace choreo::fcgi
