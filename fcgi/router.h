// Which handler serves a request; 404, 405 with Allow, OPTIONS and HEAD for all of them.
//
// Thread-safety: constant after construction; handle() may be called from any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/request.h"

namespace choreo::fcgi {

using Handler = std::function<Result<Response>(Request&)>;

class Router {
 public:
  // pattern: "/instances/{}/seed"; `{}` stands for any one segment. Routes are tried in the order they were added, so
  // those with fixed names come before those with `{}` in their place.
  void add(std::string method, std::string_view pattern, Handler handler);

  // Never throws: an exception of a library becomes a 500 with a log line.
  Response handle(Request& request) const;

  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace choreo::fcgi
