// GET /. The router outlives its handlers, so that the first may list it.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "fcgi/app.h"
#include "fcgi/docs.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

struct Endpoint {
  std::string_view method;
  std::string_view path;
  std::string_view what;
};

constexpr Endpoint kEndpoints[] = {
    {"GET", "/", "this list"},
    {"GET", "/health", "whether the server can serve"},
    {"GET", "/api/health", "the same"},
    {"GET", "/metrics", "what the processes count, for Prometheus"},
    {"GET", "/docs", "the documentation as text ?format=json"},
    {"GET", "/openapi.json", "every route, parameter and answer, as OpenAPI 3.1"},
    {"GET", "/auth/session", "who is signed in"},
    {"POST", "/auth/session", "sign in with a cookie {\"token\", \"code\"}"},
    {"DELETE", "/auth/session", "sign out"},
    {"GET", "/instances", "list instances"},
    {"POST", "/instances", "create an instance {\"slug\"}"},
    {"DELETE", "/instances/{slug}", "delete an instance"},
    {"POST", "/instances/{slug}/seed", "append many operations in one transaction (JSON or NDJSON)"},
    {"POST", "/instances/{slug}/rebuild", "replay the log into the projection"},
    {"POST", "/demo/seed", "make the demo instance anew"},
    {"POST", "/{instance}/operations", "the one way in"},
    {"GET", "/{instance}/operations", "a page of the log ?after=&limit="},
    {"GET", "/{instance}/histogram", "how many operations happened when ?buckets=&from=&to="},
    {"GET", "/{instance}/state/{table}", "alive entities of a table ?limit=&cursor=&at=&at_op=&replay="},
    {"GET", "/{instance}/state/{table}/{id}", "one entity ?at=&at_op="},
    {"GET", "/{instance}/query", "an EOQL query ?q=&replay="},
    {"GET", "/{instance}/biography/{id}", "every operation that names an id ?limit=&cursor="},
    {"GET", "/{instance}/gaps/{table}", "what the table's entities have not seen ?limit=&cursor="},
    {"GET", "/{instance}/webhooks", "list webhooks"},
    {"POST", "/{instance}/webhooks", "register a webhook {\"url\",\"filter\"?}"},
    {"DELETE", "/{instance}/webhooks", "remove a webhook {\"url\"}"},
    {"GET", "/{instance}/webhooks/{id}", "one webhook, with its state"},
    {"PATCH", "/{instance}/webhooks/{id}", "change a webhook {\"active\"?,\"filter\"?,…}"},
    {"DELETE", "/{instance}/webhooks/{id}", "remove a webhook"},
    {"GET", "/{instance}/webhooks/{id}/attempts", "what was tried, newest first ?status=&op_id=&limit=&cursor="},
    {"GET", "/{instance}/webhooks/{id}/dead", "deliveries that were given up ?limit=&cursor="},
    {"POST", "/{instance}/webhooks/{id}/test", "send a signed ping and tell what came of it"},
    {"POST", "/{instance}/webhooks/{id}/replay", "send again {\"from\",\"to\"?}, {\"op_ids\":[]} or {\"dead\":true}"},
    {"POST", "/{instance}/webhooks/{id}/enable", "take a disabled webhook back"},
    {"POST", "/{instance}/webhooks/{id}/rotate-secret", "a new secret {\"overlap_seconds\"?}"},
};

// Not the workers': the streamer's, and nginx's own.
constexpr Endpoint kElsewhere[] = {
    {"GET", "/{instance}/stream", "the one way out (server-sent events)"},
    {"GET", "/ui", "the web page"},
};

// "/instances/{slug}" → "/instances/{}", as the router knows it.
std::string pattern_of(std::string_view path) {
  std::string pattern;
  bool in_name = false;
  for (const char c : path) {
    if (c == '}') in_name = false;
    if (!in_name) pattern += c;
    if (c == '{') in_name = true;
  }
  return pattern;
}

std::string pattern_of(const Router::Route& route) {
  std::string pattern;
  for (const std::string& segment : route.segments) pattern += "/" + segment;
  return pattern;
}

void append_endpoint(std::string& out, const Endpoint& endpoint) {
  if (out.back() != '[') out += ',';
  out += "{\"method\":" + json::quote(endpoint.method) + ",\"path\":" + json::quote(endpoint.path) +
         ",\"description\":" + json::quote(endpoint.what) + "}";
}

// The routes are the router's own, so that none is missing here; the table above gives them names.
Response index(const Router& router) {
  std::string body = "{\"name\":\"choreo\",\"version\":\"" CHOREO_VERSION "\",\"endpoints\":[";
  for (const Router::Route& route : router.routes()) {
    const std::string pattern = pattern_of(route);
    const auto named = std::find_if(std::begin(kEndpoints), std::end(kEndpoints), [&](const Endpoint& endpoint) {
      return endpoint.method == route.method && pattern_of(endpoint.path) == pattern;
    });
    append_endpoint(body, named != std::end(kEndpoints) ? *named : Endpoint{route.method, pattern, ""});
  }
  for (const Endpoint& endpoint : kElsewhere) append_endpoint(body, endpoint);
  return json_response(body + "]}");
}

}  // namespace

void add_index_routes(Router& router, App&) {
  router.add("GET", "/", [&router](Request&) -> Result<Response> { return index(router); });
  add_docs_routes(router);
}

}  // namespace choreo::fcgi
