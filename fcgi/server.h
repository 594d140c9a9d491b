// FastCGI: one loop that reads requests and writes answers, and threads for handlers that block.
//
// The loop owns the connections. A request with a deferred route (router.h) is parsed on the loop, and its answer is
// written by it once it is delivered: a write costs one read and one write, and no thread waits for its commit. All
// else is served by a thread of a pool, which also reads bodies that are too large to be held while they arrive, and
// writes answers that are made while they are sent.
//
// A connection is never closed by us while the web server may be putting its next request on it: it would be lost. A
// worker that stops marks its answers as the last of their connection (records.h) and waits for idle ones to be closed,
// which nginx does earlier (keepalive_timeout in nginx/choreo.conf).
// Thread-safety: serve() runs the loop; the router is called from it and from the pool's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "fcgi/router.h"
#include "service/daemon.h"

namespace choreo::fcgi {

inline constexpr int kListenBacklog = 1024;
inline constexpr int kDrainMs = 30000;     // how long a stop waits for requests that are being served
inline constexpr int kIdleDrainMs = 2000;  // and for connections without one to be closed by the web server

struct ServerOptions {
  std::size_t threads = 1;  // for handlers that block
  std::size_t max_body_bytes = 0;
};

// The inherited socket, else a new one at socket_path (a stale one is replaced). Error unavailable/listen names the
// path.
Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path);

// Serves until a stop is asked for and what was begun is finished. counted: what the handlers count. Error
// unavailable/descriptors.
Status serve(int socket, const ServerOptions& options, const Router& router,
             const std::function<service::Values()>& counted, service::Context& context);

}  // namespace choreo::fcgi
