// Which handler serves a request, and what the others are told.
#include <catch2/catch.hpp>

#include "fcgi/router.h"

using namespace choreo;
using namespace choreo::fcgi;

namespace {

struct NoInput : Input {
  std::string_view parameter(const char*) const override { return {}; }
  std::optional<std::string_view> whole() const override { return std::string_view(); }
  std::size_t read(char*, std::size_t) override { return 0; }
  bool broken() const override { return false; }
};

struct Asking {
  Asking(std::string_view method, std::string_view uri) {
    request.method = method;
    request.input = &input;
    auto target = http::parse_target(uri);
    REQUIRE(target.ok());
    request.target = std::move(*target);
  }
  NoInput input;
  Request request;
};

Router a_router() {
  Router router;
  const auto says = [](std::string text) {
    return [text](Request& request) -> Result<Response> {
      std::string body = text;
      for (const std::string& segment : request.target.path) body += "|" + segment;
      return json_response(body);
    };
  };
  router.add("GET", "/", says("root"));
  router.add("GET", "/instances", says("list"));
  router.add("POST", "/instances", says("make"));
  router.add("GET", "/{}/state/{}", says("table"));
  router.add("GET", "/{}/state/{}/{}", says("entity"), [](Request&, fcgi::Ticket&) -> Result<std::optional<Response>> {
    return std::optional(json_response("started"));
  });
  router.add("GET", "/health", says("health"), nullptr, server::Lane::aside);
  return router;
}

Response ask(std::string_view method, std::string_view uri) {
  Asking asking(method, uri);
  return a_router().handle(asking.request);
}

std::string header(const Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers)
    if (known == name) return value;
  return {};
}

}  // namespace

TEST_CASE("a route is found by method and segments") {
  CHECK(ask("GET", "/").body == "root|");
  CHECK(ask("GET", "/instances").body == "list|instances");
  CHECK(ask("POST", "/instances").body == "make|instances");
  CHECK(ask("GET", "/i/state/t").body == "table|i|state|t");
}

TEST_CASE("a slash at the end changes nothing: the target has none any more") {
  CHECK(ask("GET", "/instances/").body == "list|instances");
  CHECK(ask("GET", "/i/state/t/").body == "table|i|state|t");
  CHECK(ask("GET", "/i/state//").status == 404);  // no segment is empty
}

TEST_CASE("an encoded slash is part of its segment") {
  CHECK(ask("GET", "/i/state/t/a%2Fb").body == "entity|i|state|t|a/b");
  CHECK(ask("GET", "/i/state/..%2F..%2Fx").body == "table|i|state|../../x");
}

TEST_CASE("HEAD is served as GET") {
  CHECK(ask("HEAD", "/instances").body == "list|instances");
}

TEST_CASE("what is not there is 404, and another method is 405 with those that are") {
  CHECK(ask("GET", "/nothing/here").status == 404);
  CHECK(ask("POST", "/nothing/here").status == 404);
  const Response refused = ask("DELETE", "/instances");
  CHECK(refused.status == 405);
  CHECK(header(refused, "Allow") == "GET, HEAD, POST, OPTIONS");
  const Response preflight = ask("OPTIONS", "/instances");
  CHECK(preflight.status == 204);
  CHECK(header(preflight, "Allow") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("what a handler throws is answered 500") {
  Router router;
  router.add("GET", "/", [](Request&) -> Result<Response> { throw std::runtime_error("private words"); });
  Asking asking("GET", "/");
  CHECK(router.handle(asking.request).status == 500);
}

TEST_CASE("a starter answers at once, and the guard comes before it") {
  Router router = a_router();
  CHECK(router.may_start("GET"));
  CHECK(router.may_start("HEAD"));
  CHECK_FALSE(router.may_start("POST"));
  fcgi::Ticket ticket;
  Asking asking("GET", "/i/state/t/e");
  CHECK(router.start(asking.request, ticket).response->body == "started");
  router.set_guard([](Request&, const Router::Route&, Router::Waiting) -> Result<bool> {
    return make_error(ErrorKind::forbidden, "no", "no");
  });
  CHECK(router.start(asking.request, ticket).response->status == 403);
}

TEST_CASE("faults_b4_a guard that would have to wait sends the request to a thread") {
  Router router = a_router();
  router.set_guard([](Request&, const Router::Route&, Router::Waiting waiting) -> Result<bool> {
    return waiting == Router::Waiting::allowed;
  });
  fcgi::Ticket ticket;
  Asking asking("GET", "/i/state/t/e");
  CHECK_FALSE(router.start(asking.request, ticket).response);
  CHECK(router.handle(asking.request).body == "entity|i|state|t|e");
}

TEST_CASE("faults_a10_health is served aside, HEAD as well") {
  const Router router = a_router();
  fcgi::Ticket ticket;
  for (const std::string_view method : {"GET", "HEAD"}) {
    Asking health(method, "/health");
    const auto started = router.start(health.request, ticket);
    CHECK_FALSE(started.response);
    CHECK(started.lane == server::Lane::aside);
    Asking list(method, "/instances");
    CHECK(router.start(list.request, ticket).lane == server::Lane::pool);
  }
}
