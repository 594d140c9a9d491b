#include "fcgi/router.h"

#include <algorithm>
#include <exception>

#include "base/text.h"
#include "fcgi/questions.h"
#include "http/answer.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

constexpr std::string_view kAny = "{}";
constexpr std::size_t kMaxPathShown = 200;  // bytes

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return pattern.size() == path.size() &&
         std::equal(pattern.begin(), pattern.end(), path.begin(),
                    [](const std::string& p, const std::string& s) { return p == kAny ? !s.empty() : p == s; });
}

// HEAD is GET without the body.
std::string_view served_by(std::string_view method) {
  return method == "HEAD" ? "GET" : method;
}

// Whether a is to be tried before b: where both match, the one with a name in the first place where they differ.
bool is_more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return in_a != a.end() && in_b != b.end() && *in_a != kAny && *in_b == kAny;
}

std::string joined(const std::vector<std::string>& methods) {
  std::string out;
  for (const std::string& method : methods) out += (out.empty() ? "" : ", ") + method;
  return out;
}

std::string path_text(const Request& request) {
  std::string path;
  for (const std::string& segment : request.target.path) path += "/" + segment;
  return shortened(path, kMaxPathShown);
}

Asked asked(const Request& request) {
  return {std::string(request.method), path_text(request), request.trace_id};
}

// Exceptions of libraries stop here.
template <class Value, class Serve>
Result<Value> guarded(Serve serve) {
  try {
    return serve();
  } catch (const std::bad_alloc&) {
    return make_error(ErrorKind::unavailable, "out_of_memory", "not enough memory for this request");
  } catch (const std::exception& exception) {
    return make_error(ErrorKind::internal, "internal", exception.what());
  }
}

// A condition that would be ignored is refused: its client relies on it.
Status check_conditions(const Request& request, const RouteInput& input) {
  if (request.method == "GET" || request.method == "HEAD") return {};
  if (request.given("HTTP_IF_NONE_MATCH"))
    return invalid("bad_if_none_match",
                   "If-None-Match is for GET; an operation that must create an entity says If-Match: \"0\"",
                   "If-None-Match");
  if (input.conditional) return {};
  if (request.given("HTTP_IF_MATCH"))
    return invalid("bad_if_match", "this route takes no If-Match; POST /{instance}/operations does", "If-Match");
  if (request.given("HTTP_IDEMPOTENCY_KEY"))
    return invalid("bad_idempotency_key",
                   "this route takes no Idempotency-Key; POST /{instance}/operations does, and an operation of a seed "
                   "has its guid",
                   "Idempotency-Key");
  return {};
}

Response preflight(std::vector<std::string> methods) {
  Response response;
  response.status = 204;
  methods.push_back("OPTIONS");
  response.headers = {{"Allow", joined(methods)}};
  // "Name: value\r\n" lines, as the streamer sends them.
  for (std::string_view lines = http::kPreflightHeaders; !lines.empty();) {
    const std::size_t colon = lines.find(": "), end = lines.find("\r\n");
    response.headers.emplace_back(lines.substr(0, colon), lines.substr(colon + 2, end - colon - 2));
    lines.remove_prefix(end + 2);
  }
  return response;
}

}  // namespace

Response refuse(const Asked& asked, const Error& error) {
  if (error.kind == ErrorKind::internal || error.kind == ErrorKind::unavailable ||
      error.kind == ErrorKind::storage_full)
    service::log_error("request failed", error,
                       {{"method", asked.method}, {"path", asked.path}, {"trace_id", asked.trace_id}});
  return error_response(error);
}

void Router::add(std::string method, std::string_view pattern, Handler handler, Starter starter, server::Lane lane) {
  const AccessRule& access = access_rule(method, pattern);
  const RouteInput& input = route_input(method, pattern);
  Route route{std::move(method), {}, std::move(handler), std::move(starter), &access, &input, lane};
  for (std::size_t at = 1; at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    route.segments.emplace_back(pattern.substr(at, end - at));
    at = end + 1;
  }
  if (route.segments.empty()) route.segments.emplace_back();
  const auto place = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const Route& other) { return is_more_specific(route.segments, other.segments); });
  routes_.insert(place, std::move(route));
}

Result<bool> Router::prepare(Request& request, const Route& route, Waiting waiting) const {
  CHOREO_ASSIGN(const bool known, guard_(request, route, waiting));
  if (!known) return false;
  CHOREO_TRY(http::take_parameters(request.target, route.input->parameters));
  CHOREO_TRY(check_conditions(request, *route.input));
  request.members = route.input->members;
  return true;
}

bool Router::may_start(std::string_view method) const {
  const std::string_view served = served_by(method);
  return std::any_of(routes_.begin(), routes_.end(), [&](const Route& route) {
    return route.method == served && (route.starter || route.lane != server::Lane::pool);
  });
}

Router::Started Router::start(Request& request, Ticket& ticket) const {
  if (!request.header(kQuestion).empty()) return {};
  const std::string_view method = served_by(request.method);
  for (const Route& route : routes_) {
    if (route.method != method || !matches(route.segments, request.target.path)) continue;
    if (!route.starter || request.method != route.method) return {std::nullopt, route.lane};
    auto response = guarded<std::optional<Response>>([&]() -> Result<std::optional<Response>> {
      CHOREO_ASSIGN(const bool known, prepare(request, route, Waiting::forbidden));
      if (!known) return std::optional<Response>();
      return route.starter(request, ticket);
    });
    return {response.ok() ? std::move(*response) : refuse(asked(request), response.error()), route.lane};
  }
  return {};
}

Router::Found Router::find(const Request& request) const {
  const std::vector<std::string>& path = request.target.path;
  const std::string_view method = served_by(request.method);
  Found found;
  const std::vector<std::string>* served = nullptr;
  for (const Route& route : routes_) {
    // Once a pattern has matched, another one with `{}` in place of its names is not meant.
    if (!matches(route.segments, path) || (served && *served != route.segments)) continue;
    served = &route.segments;
    found.methods.push_back(route.method);
    if (route.method == "GET") found.methods.push_back("HEAD");
    if (route.method != method) continue;
    found.route = &route;
    break;
  }
  return found;
}

Response Router::not_served(const Request& request, std::vector<std::string> methods) const {
  if (methods.empty())
    return error_response(make_error(ErrorKind::not_found, "not_found",
                                     "there is nothing at '" + path_text(request) + "'; GET / lists the endpoints"));
  Response response =
      error_response(make_error(ErrorKind::method_not_allowed, "method_not_allowed",
                                "this address takes " + joined(methods) + ", not " + shortened(request.method, 32)));
  methods.push_back("OPTIONS");
  response.headers.emplace_back("Allow", joined(methods));
  return response;
}

Response Router::answer_question(Request& request, std::string_view question) const {
  if (question == kAsksForToken) return token_in_address(request);
  const Found found = find(request);
  if (found.route == nullptr) {
    if (request.method == "OPTIONS") return it_may();
    return it_may_not(not_served(request, found.methods));
  }
  const Result<bool> may = guarded<bool>([&]() -> Result<bool> {
    CHOREO_TRY(guard_(request, *found.route, Waiting::allowed));
    if (found.route->access->need == Need::nothing)  // nobody has shown a token yet
      return make_error(ErrorKind::too_large, "body_too_large", "this address takes no body of that length");
    return true;
  });
  return may.ok() ? it_may() : it_may_not(refuse(asked(request), may.error()));
}

Response Router::handle(Request& request) const {
  if (const std::string_view question = request.header(kQuestion); !question.empty())
    return answer_question(request, question);
  const Found found = find(request);
  if (found.route != nullptr) {
    Result<Response> response = guarded<Response>([&]() -> Result<Response> {
      CHOREO_TRY(prepare(request, *found.route, Waiting::allowed));
      return found.route->handler(request);
    });
    return response.ok() ? std::move(*response) : refuse(asked(request), response.error());
  }
  if (request.method == "OPTIONS") return preflight(found.methods);
  return not_served(request, found.methods);
}

}  // namespace choreo::fcgi
