#include "fcgi/descriptors.h"

#include <algorithm>

#include "service/descriptors.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

constexpr std::int64_t kThreadDescriptors = 4;  // a database that is opened for a request, and a lock
constexpr std::int64_t kOwnDescriptors =
    64;  // the listening socket, epoll, ZeroMQ, standard error, connections at rest
constexpr std::int64_t kConnectionShare = 4;  // connections may have this part of all descriptors

}  // namespace

Options within_descriptors(Options options) {
  const std::int64_t limit = service::raise_descriptor_limit();
  options.fcgi_connections = std::clamp<std::int64_t>(limit / kConnectionShare, 16, options.fcgi_connections);
  const std::int64_t free = limit - kOwnDescriptors - kThreadDescriptors * options.fcgi_threads;
  const std::int64_t databases = std::max<std::int64_t>(0, free) / service::kDatabaseDescriptors;
  const std::int64_t wanted = options.max_open_instances + options.max_idle_readers;
  if (wanted <= databases) return options;
  options.max_open_instances = std::max<std::int64_t>(1, options.max_open_instances * databases / wanted);
  options.max_idle_readers = std::max<std::int64_t>(1, options.max_idle_readers * databases / wanted);
  service::log_warning("the descriptor limit allows fewer open databases than the settings",
                       {{"descriptors", limit},
                        {"CHOREO_MAX_OPEN_INSTANCES", options.max_open_instances},
                        {"CHOREO_MAX_IDLE_READERS", options.max_idle_readers}});
  return options;
}

}  // namespace choreo::fcgi
