// GET / and the health checks.
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fcgi/app.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

struct Endpoint {
  const char* method;
  const char* path;
  const char* what;
};

constexpr Endpoint kEndpoints[] = {
    {"GET", "/instances", "list instances"},
    {"POST", "/instances", "create an instance {\"slug\"}"},
    {"DELETE", "/instances/{slug}", "delete an instance"},
    {"POST", "/instances/{slug}/seed", "append many operations in one transaction (JSON or NDJSON)"},
    {"POST", "/instances/{slug}/rebuild", "replay the log into the projection"},
    {"POST", "/{instance}/operations", "the one way in"},
    {"GET", "/{instance}/operations", "a page of the log ?after=&limit="},
    {"GET", "/{instance}/stream", "the one way out (server-sent events)"},
    {"GET", "/{instance}/state/{table}", "alive entities of a table ?limit=&cursor=&at=&at_op=&replay="},
    {"GET", "/{instance}/state/{table}/{id}", "one entity ?at=&at_op="},
    {"GET", "/{instance}/query", "an EOQL query ?q=&replay="},
    {"GET", "/{instance}/biography/{id}", "every operation that names an id ?limit=&cursor="},
    {"GET", "/{instance}/gaps/{table}", "what the table's entities have not seen"},
    {"GET", "/{instance}/webhooks", "list webhooks"},
    {"POST", "/{instance}/webhooks", "register a webhook {\"url\",\"filter\"?}"},
    {"DELETE", "/{instance}/webhooks", "remove a webhook {\"url\"}"},
    {"DELETE", "/{instance}/webhooks/{id}", "remove a webhook"},
    {"POST", "/demo/seed", "make the demo instance anew"},
    {"GET", "/health", "whether the server can serve"},
    {"GET", "/ui", "the web page"},
};

Response index() {
  std::string body = "{\"name\":\"choreo\",\"version\":\"" CHOREO_VERSION "\",\"endpoints\":[";
  for (const Endpoint& endpoint : kEndpoints) {
    if (&endpoint != kEndpoints) body += ',';
    body += "{\"method\":" + json::quote(endpoint.method) + ",\"path\":" + json::quote(endpoint.path) +
            ",\"description\":" + json::quote(endpoint.what) + "}";
  }
  return json_response(body + "]}");
}

// "" or why the data directory cannot be written to.
std::string data_dir_failure(const std::string& dir) {
  if (access(dir.c_str(), R_OK | W_OK | X_OK) != 0) return std::string("data directory: ") + std::strerror(errno);
  struct statvfs space {};
  if (statvfs(dir.c_str(), &space) == 0 && space.f_bavail == 0) return "data directory: no space left";
  return {};
}

Response health(App& app) {
  const std::int64_t uptime = (system_clock().steady_ms() - app.started_ms) / 1000;
  std::string failing = data_dir_failure(app.instances.dir());
  if (failing.empty()) {
    const Result<std::int64_t> control = app.webhooks.with([](control::Store& store) { return store.version(); });
    if (!control.ok()) failing = "control database: " + control.error().message;
  }
  const std::string rest = ",\"version\":\"" CHOREO_VERSION "\",\"uptime_secs\":" + std::to_string(uptime) +
                           ",\"pid\":" + std::to_string(getpid());
  if (failing.empty()) return json_response("{\"status\":\"ok\"" + rest + "}");
  return json_response(
      "{\"status\":\"failing\",\"error\":" + json::quote(failing) + ",\"code\":\"unhealthy\"" + rest + "}", 503);
}

}  // namespace

void add_index_routes(Router& router, App& app) {
  router.add("GET", "/", [](Request&) -> Result<Response> { return index(); });
  for (const char* path : {"/health", "/api/health"})
    router.add("GET", path, [&app](Request&) -> Result<Response> { return health(app); });
}

}  // namespace choreo::fcgi
