// FastCGI over libfcgi: one loop that receives requests and sends answers, and threads for handlers that wait.
//
// The loop owns the connections. It gives a request to the handler when all of it has come, so that a peer which stops
// in the middle delays nobody else; a handler that need not wait answers at once, or later through a Deferred, and
// holds no thread meanwhile. All else is served by a thread of a pool. Bodies that are too long to be held while they
// arrive are read by threads of their own, at most half as many. An answer whose reader takes nothing waits in the loop
// and not in a thread, at most for a deadline in total.
//
// Every queue has a bound (limits.h, ServerOptions): what is over it gets the handler's busy answer.
//
// A connection is never closed by us while the web server may be putting its next request on it: it would be lost. A
// worker that stops marks its answers as the last of their connection (connection.cpp) and waits for idle ones to be
// closed, which nginx does earlier (keepalive_timeout in nginx/choreo.conf).
// Thread-safety: serve() runs the loop; the handler is called from it and from the threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "fcgi/server/handler.h"
#include "service/daemon.h"

namespace choreo::fcgi::server {

struct ServerOptions {
  std::size_t threads = 1;                   // for handlers that wait
  std::size_t max_waiting = 512;             // requests that wait for one of them
  std::size_t max_connections = 1024;        // of web servers
  std::int64_t answer_deadline_ms = 600000;  // how long an answer may wait for its reader in total
};

// The inherited socket, else a new one at socket_path (a stale one is replaced). Error unavailable/listen names the
// path.
Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path);

// Serves until a stop is asked for and what was begun is finished. counted: what the handler counts. REQUIRES:
// start_library(). Error unavailable/descriptors.
Status serve(int socket, const ServerOptions& options, Handler& handler,
             const std::function<service::Values()>& counted, service::Context& context);

}  // namespace choreo::fcgi::server
