#include "fcgi/router.h"

#include <algorithm>
#include <exception>

#include "base/text.h"
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

// It changes nothing.
void drop_trailing_slash(std::vector<std::string>& path) {
  if (path.size() > 1 && path.back().empty()) path.pop_back();
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

void Router::add(std::string method, std::string_view pattern, Handler handler, Starter starter) {
  const AccessRule& access = access_rule(method, pattern);
  Route route{std::move(method), {}, std::move(handler), std::move(starter), &access};
  for (std::size_t at = 1; at <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', at), pattern.size());
    route.segments.emplace_back(pattern.substr(at, end - at));
    at = end + 1;
  }
  if (route.segments.empty()) route.segments.emplace_back();
  routes_.push_back(std::move(route));
}

bool Router::may_defer(std::string_view method) const {
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const Route& route) { return route.starter && route.method == method; });
}

std::optional<Response> Router::start(Request& request, Ticket& ticket) const {
  drop_trailing_slash(request.target.path);
  for (const Route& route : routes_) {
    if (route.method != request.method || !matches(route.segments, request.target.path)) continue;
    if (!route.starter) return std::nullopt;
    auto response = guarded<std::optional<Response>>([&]() -> Result<std::optional<Response>> {
      CHOREO_TRY(guard_(request, route));
      return route.starter(request, ticket);
    });
    return response.ok() ? std::move(*response) : refuse(asked(request), response.error());
  }
  return std::nullopt;
}

Response Router::handle(Request& request) const {
  std::vector<std::string>& path = request.target.path;
  drop_trailing_slash(path);
  const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
  std::vector<std::string> methods;
  const std::vector<std::string>* served = nullptr;
  for (const Route& route : routes_) {
    // Once a pattern has matched, another one with `{}` in place of its names is not meant.
    if (!matches(route.segments, path) || (served && *served != route.segments)) continue;
    served = &route.segments;
    methods.push_back(route.method);
    if (route.method == "GET") methods.push_back("HEAD");
    if (route.method != method) continue;
    Result<Response> response = guarded<Response>([&]() -> Result<Response> {
      CHOREO_TRY(guard_(request, route));
      return route.handler(request);
    });
    return response.ok() ? std::move(*response) : refuse(asked(request), response.error());
  }
  if (request.method == "OPTIONS") return preflight(methods);
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

}  // namespace choreo::fcgi
