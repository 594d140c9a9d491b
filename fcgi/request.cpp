#include "fcgi/request.h"

#include <charconv>

#include "base/text.h"
#include "http/answer.h"
#include "http/body.h"
#include "http/parameters.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "json/unique.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

Error too_large(std::size_t limit) {
  return make_error(ErrorKind::too_large, "body_too_large",
                    "the body is over the limit of " + std::to_string(limit) + " bytes (CHOREO_MAX_BODY_BYTES)");
}

Error incomplete(std::size_t used, std::size_t length) {
  return invalid("incomplete_body",
                 "the body ended after " + std::to_string(used) + " of " + std::to_string(length) + " bytes");
}

// The body as it was sent.
Result<std::string> read_all(const Request& request) {
  const std::size_t max_bytes = request.max_body_bytes;
  const std::string_view length_text = request.header("CONTENT_LENGTH");
  std::size_t length = 0;
  std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (length > max_bytes) return too_large(max_bytes);
  if (const auto whole = request.input->whole()) {
    if (whole->size() > max_bytes) return too_large(max_bytes);
    if (whole->size() < length) return incomplete(whole->size(), length);
    return std::string(*whole);
  }
  std::string out;
  out.resize(length);
  std::size_t used = 0;
  while (true) {
    if (used == out.size()) {
      char next;  // most bodies end here: growing only to look would clear the growth for each of them
      if (request.input->read(&next, 1) == 0) break;
      out.resize(used + kReadBytes);
      out[used++] = next;
    }
    const std::size_t n = request.input->read(out.data() + used, out.size() - used);
    used += n;
    if (used > max_bytes) return too_large(max_bytes);
    if (n == 0) break;
  }
  out.resize(used);
  if (used < length) return incomplete(used, length);
  return out;
}

}  // namespace

Status Request::check_body_headers() const {
  return http::check_body_headers(header("CONTENT_TYPE"), header("HTTP_CONTENT_ENCODING"));
}

Result<std::string> Request::body() const {
  CHOREO_TRY(check_body_headers());
  CHOREO_ASSIGN(std::string sent, read_all(*this));
  CHOREO_ASSIGN(const std::string_view text, http::json_text(sent));
  if (text.size() < sent.size()) sent.erase(0, sent.size() - text.size());
  return sent;
}

Result<std::string> Request::json_object(std::size_t max_depth) const {
  CHOREO_ASSIGN(const std::string text, body());
  CHOREO_ASSIGN(std::string canonical, json::canonicalize(text, max_depth));
  if (!json::is_object(canonical)) return invalid("not_an_object", "the body must be a JSON object");
  if (const auto key = json::repeated_key(canonical))
    return invalid("duplicate_key", "the body has the key '" + shortened(json::unescape(*key)) + "' more than once");
  CHOREO_TRY(http::check_members(canonical, members));
  return canonical;
}

Result<std::string> Request::optional_object() const {
  const std::string_view length = header("CONTENT_LENGTH");
  if (length.empty() || length == "0") return std::string("{}");
  return json_object();
}

Response json_response(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response error_response(const Error& error) {
  Response response = json_response(http::error_body(error), http::status_of(error).code);
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", http::challenge(error));
  // What would be taken instead (RFC 9110, 15.5.16).
  if (error.code == "unsupported_coding") response.headers.emplace_back("Accept-Encoding", "identity");
  if (response.status == 503) response.headers.emplace_back("Retry-After", std::to_string(http::kRetryAfterSecs));
  return response;
}

}  // namespace choreo::fcgi
