// Whether this server can do its job (SPEC 5).
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/clock.h"
#include "fcgi/access.h"
#include "fcgi/app.h"
#include "json/string.h"
#include "service/status_file.h"

namespace choreo::fcgi {
namespace {

// Without one of them appends and reads go on, but nothing leaves through it.
constexpr std::array<std::string_view, 3> kOthers = {"choreo-broker", "choreo-dispatcher", "choreo-streamer"};

// "" or why the data directory cannot be written to.
std::string data_dir_failure(const std::string& dir) {
  if (::access(dir.c_str(), R_OK | W_OK | X_OK) != 0)
    return "data directory: " + std::generic_category().message(errno);
  struct statvfs space {};
  if (statvfs(dir.c_str(), &space) == 0 && space.f_bavail == 0) return "data directory: no space left";
  return {};
}

std::string failure_of(App& app) {
  std::string failing = data_dir_failure(app.instances.dir());
  if (!failing.empty()) return failing;
  const Result<std::int64_t> control = app.watched_control.with([](control::Store& store) { return store.version(); });
  return control.ok() ? "" : "control database: " + control.error().message;
}

bool is_stale(const service::ProcessStatus& status) {
  return status.age_ms > service::kStaleMs;
}

std::string component_json(const service::ProcessStatus& status) {
  return "{\"name\":" + json::quote(status.process) + ",\"status\":\"" + (is_stale(status) ? "stale" : "ok") +
         "\",\"pid\":" + std::to_string(status.pid) + ",\"version\":" + json::quote(status.version) +
         ",\"heartbeat_age_ms\":" + std::to_string(status.age_ms) + "}";
}

struct Components {
  std::string json = "[";
  bool complete = true;  // each process is there and lives
};

Components components_of(const std::vector<service::ProcessStatus>& statuses) {
  Components components;
  const auto add = [&](const std::string& json) {
    components.json.append(components.json.size() > 1 ? "," : "").append(json);
  };
  for (const service::ProcessStatus& status : statuses) {
    add(component_json(status));
    if (is_stale(status)) components.complete = false;
  }
  for (const std::string_view name : kOthers) {
    if (std::any_of(statuses.begin(), statuses.end(), [&](const auto& status) { return status.process == name; }))
      continue;
    add("{\"name\":\"" + std::string(name) + "\",\"status\":\"missing\"}");
    components.complete = false;
  }
  components.json += ']';
  return components;
}

Response health(App& app, bool tell_all) {
  const Components components = components_of(service::read_statuses(app.options.run_dir));
  const std::string failing = failure_of(app);
  std::string rest;
  if (tell_all)
    rest = ",\"version\":\"" CHOREO_VERSION "\",\"uptime_secs\":" +
           std::to_string((system_clock().steady_ms() - app.started_ms) / 1000) +
           ",\"pid\":" + std::to_string(getpid()) + ",\"components\":" + components.json;
  if (failing.empty())
    return json_response(std::string("{\"status\":\"") + (components.complete ? "ok" : "degraded") + "\"" + rest + "}");
  const std::string why = tell_all ? failing : "The server cannot do its job.";
  return json_response("{\"status\":\"failing\",\"error\":" + json::quote(why) + ",\"code\":\"unhealthy\"" + rest + "}",
                       503);
}

}  // namespace

void add_health_routes(Router& router, App& app) {
  for (const char* path : {"/health", "/api/health"})
    router.add(
        "GET", path,
        [&app](Request& request) -> Result<Response> {
          // Without the right to know more: whether it is well.
          return health(app, may(request, app.gate, access::kAllInstances, access::Level::read));
        },
        nullptr, server::Lane::aside);
}

}  // namespace choreo::fcgi
