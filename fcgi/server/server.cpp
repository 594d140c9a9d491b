#include "fcgi/server/server.h"

#include "fcgi/server/loop.h"
#include "service/unix_listener.h"

namespace choreo::fcgi::server {

Result<int> listening_socket(std::int64_t listen_fd, const std::string& socket_path) {
  if (listen_fd >= 0) return service::adopt_listener(static_cast<int>(listen_fd), "listen-fd");
  const int passed = service::passed_listener();
  if (passed >= 0) return service::adopt_listener(passed, "passed by systemd");
  return service::listen_unix(socket_path, kListenBacklog);
}

Status serve(int socket, const ServerOptions& options, Handler& handler,
             const std::function<service::Values()>& counted, service::Context& context) {
  const auto loop = std::make_unique<Loop>(socket, options, handler, counted, context);
  CHOREO_TRY(loop->start());
  loop->run();
  return {};
}

}  // namespace choreo::fcgi::server
