#include "fcgi/access.h"

#include <algorithm>

#include "access/credentials.h"
#include "base/clock.h"
#include "base/ids.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kMaxSessionBytes = 2 * access::kMaxTokenBytes;

// nginx says so of connections to other addresses than a loopback one.
bool is_exposed(const Request& request) {
  return !request.header("CHOREO_EXPOSED").empty();
}

bool over_https(const Request& request) {
  return request.header("HTTPS") == "on" || request.header("HTTP_X_FORWARDED_PROTO") == "https";
}

access::Page page_of(const Request& request) {
  return {request.header("HTTP_SEC_FETCH_SITE"), request.header("HTTP_ORIGIN"), request.header("HTTP_HOST"),
          request.header("HTTP_X_FORWARDED_HOST"), over_https(request)};
}

Result<std::string> token_in(const Request& request) {
  const std::string_view authorization = request.header("HTTP_AUTHORIZATION");
  if (!authorization.empty()) return access::token_of({authorization, {}});  // most: nothing else counts beside it
  return access::token_of({authorization, request.header("HTTP_COOKIE"), page_of(request)});
}

// What cannot be an instance is nobody's in particular.
std::string_view instance_of(const Request& request, const AccessRule& rule) {
  if (rule.instance_segment == kNoInstance) return access::kAllInstances;
  const std::string& name = request.segment(rule.instance_segment);
  return check_slug(name).ok() ? std::string_view(name) : access::kAllInstances;
}

// A form on another site could sign its visitor in as somebody else, who then sees what is written.
Status check_signing_in(const Request& request, const AccessRule& rule) {
  const bool changes = rule.pattern == "/auth/session" && rule.method != "GET";
  if (!changes) return {};
  if (!access::from_our_page(page_of(request)))
    return make_error(ErrorKind::forbidden, "cross_site", "a page of another site may neither sign in nor out here");
  if (!access::is_plain_text(request.header("CONTENT_TYPE"))) return {};
  return make_error(ErrorKind::unsupported_media, "not_json", "send the token as 'Content-Type: application/json'");
}

// Our page sends JSON and says so. A page of another origin cannot, unless the browser has asked us first: this refuses
// what it can send, should a browser not say where it comes from.
Status check_body_with_cookie(const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return {};
  const std::string_view type = request.header("CONTENT_TYPE"), length = request.header("CONTENT_LENGTH");
  const bool has_untyped_body = type.empty() && !length.empty() && length != "0";
  if (!has_untyped_body && !access::is_form_type(type)) return {};
  return make_error(ErrorKind::unsupported_media, "not_json",
                    "a request with the cookie of a page must send its body as 'Content-Type: application/json'");
}

// The grant of a token; null: it is not known without waiting for the registry.
Result<access::GrantPtr> grant_of(access::Gate& gate, const std::string& token, Router::Waiting waiting) {
  if (waiting == Router::Waiting::allowed) return gate.check(token);
  return gate.check_known(token);
}

// False: only the registry can tell, which takes time.
Result<bool> let_in(access::Gate& gate, Request& request, const Router::Route& route, Router::Waiting waiting) {
  const AccessRule& rule = *route.access;
  CHOREO_TRY(check_signing_in(request, rule));
  const auto token = token_in(request);
  if (rule.need == Need::nothing && !token.ok()) return true;
  if (!token.ok()) return token.error();
  Result<access::GrantPtr> grant = grant_of(gate, *token, waiting);
  if (grant.ok() && !*grant) return false;
  if (grant.ok()) request.grant = *grant;
  if (rule.need == Need::nothing) return true;
  if (!grant.ok()) return std::move(grant).error();
  if (request.header("HTTP_AUTHORIZATION").empty()) CHOREO_TRY(check_body_with_cookie(request));
  if (rule.need == Need::any_token) return true;
  CHOREO_TRY(access::check_scope(request.grant->claims, instance_of(request, rule), rule.level));
  return true;
}

Response not_stored(std::string body) {
  Response response = json_response(std::move(body));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response none() {
  return not_stored("{\"auth\":\"none\"}");
}

// Nothing where there is none.
Result<std::optional<std::string>> code_in(const std::string& body) {
  const auto code = json::find(body, "code");
  if (!code || *code == "null") return std::optional<std::string>();
  if (!json::is_string(*code)) return invalid("bad_session", "\"code\" is a string of six digits", "code");
  return std::optional(json::unquote(*code));
}

Response refused(const access::Refusal& refusal) {
  Response response = error_response(refusal.error);
  if (refusal.retry_after_secs > 0)
    response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after_secs));
  return response;
}

Result<Response> sign_in(access::Gate* gate, access::SecondFactor& second_factor, Request& request) {
  request.max_body_bytes = std::min(request.max_body_bytes, kMaxSessionBytes);
  CHOREO_ASSIGN(const std::string body, request.json_object());
  const auto token = json::find(body, "token");
  if (!token || !json::is_string(*token)) return invalid("bad_session", "the body needs \"token\", a string", "token");
  CHOREO_ASSIGN(const std::optional<std::string> code, code_in(body));
  if (gate == nullptr) return none();
  const std::string text = json::unquote(*token);
  CHOREO_ASSIGN(const access::GrantPtr grant, gate->check(text));
  if (const auto refusal = second_factor.check(grant->claims.subject, code)) return refused(*refusal);
  Response response = not_stored(access::session_json(grant->claims));
  const std::int64_t left_secs = grant->claims.expires - system_clock().wall_ms() / 1000;
  response.headers.emplace_back("Set-Cookie", access::session_cookie(text, left_secs, over_https(request)));
  return response;
}

Response sign_out(const Request& request) {
  Response response = not_stored("{\"signed_out\":true}");
  response.headers.emplace_back("Set-Cookie", access::no_session_cookie(over_https(request)));
  return response;
}

}  // namespace

void add_access(Router& router, access::Gate* gate, access::SecondFactor& second_factor) {
  router.set_guard([gate](Request& request, const Router::Route& route, Router::Waiting waiting) -> Result<bool> {
    if (gate != nullptr) return let_in(*gate, request, route, waiting);
    if (is_exposed(request)) return access::exposed_without_auth();
    return true;
  });
  router.add("GET", "/auth/session", [gate](Request& request) -> Result<Response> {
    return gate == nullptr ? none() : not_stored(access::session_json(request.grant->claims));
  });
  router.add("POST", "/auth/session", [gate, &second_factor](Request& request) -> Result<Response> {
    return sign_in(gate, second_factor, request);
  });
  router.add("DELETE", "/auth/session", [](Request& request) -> Result<Response> {
    CHOREO_TRY(request.optional_object());
    return sign_out(request);
  });
}

bool may(const Request& request, access::Gate* gate, std::string_view instance, access::Level level) {
  if (gate == nullptr) return true;
  return request.grant && access::allows(request.grant->claims.scopes, instance, level);
}

}  // namespace choreo::fcgi
