// FastCGI: threads that accept on one shared listening socket (libfcgi).
//
// libfcgi pins a thread to each connection that nginx keeps alive, busy or not. So nginx must keep fewer connections,
// over all of its workers, than there are threads (scripts/stack/settings.py, nginx/choreo.conf). We never close a kept
// connection ourselves while serving: nginx may have put its next request on it already, and that request would be
// lost. Thread-safety: serve() runs the threads and returns when they have ended; the handler is called from all of
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "fcgi/request.h"
#include "service/daemon.h"

namespace choreo::fcgi {

inline constexpr int kListenBacklog = 1024;
inline constexpr int kDrainMs = 30000;  // how long a stop waits for requests that are being served

// The inherited socket, else a new one at socket_path (a stale one is replaced). Error unavailable/listen names the
// path.
Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path);

// Serves until a stop is asked for and what was begun is finished. handler must not throw.
Status serve(int socket, int threads, std::size_t max_body_bytes, const std::function<Response(Request&)>& handler,
             service::Context& context);

}  // namespace choreo::fcgi
