#include "fcgi/request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/answer.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "json/unique.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

// Scripts often send JSON under curl's default type or none at all; only what cannot be JSON is refused.
bool clearly_not_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  std::string lower(type);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  static constexpr std::array kPrefixes = {"image/", "audio/", "video/", "font/", "multipart/"};
  static constexpr std::array kTypes = {"text/html",
                                        "text/xml",
                                        "text/csv",
                                        "text/css",
                                        "application/xml",
                                        "application/pdf",
                                        "application/zip",
                                        "application/gzip",
                                        "application/cbor",
                                        "application/yaml",
                                        "application/msgpack",
                                        "application/x-protobuf"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](const char* p) { return lower.starts_with(p); }) ||
         std::find(kTypes.begin(), kTypes.end(), lower) != kTypes.end() || lower.ends_with("+xml");
}

Error too_large(std::size_t limit) {
  return make_error(ErrorKind::too_large, "body_too_large",
                    "the body is over the limit of " + std::to_string(limit) + " bytes (CHOREO_MAX_BODY_BYTES)");
}

Error incomplete(std::size_t used, std::size_t length) {
  return invalid("incomplete_body",
                 "the body ended after " + std::to_string(used) + " of " + std::to_string(length) + " bytes");
}

}  // namespace

Result<std::string> Request::body() const {
  const std::string_view type = header("CONTENT_TYPE");
  if (clearly_not_json(type))
    return make_error(ErrorKind::unsupported_media, "not_json",
                      "the body is '" + std::string(type.substr(0, 100)) + "'; send JSON (application/json)");
  const std::string_view length_text = header("CONTENT_LENGTH");
  std::size_t length = 0;
  std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (length > max_body_bytes) return too_large(max_body_bytes);
  if (const auto whole = input->whole()) {
    if (whole->size() > max_body_bytes) return too_large(max_body_bytes);
    if (whole->size() < length) return incomplete(whole->size(), length);
    return std::string(*whole);
  }
  std::string out;
  out.resize(length);
  std::size_t used = 0;
  while (true) {
    if (used == out.size()) {
      char next;  // most bodies end here: growing only to look would clear the growth for each of them
      if (input->read(&next, 1) == 0) break;
      out.resize(used + kReadBytes);
      out[used++] = next;
    }
    const std::size_t n = input->read(out.data() + used, out.size() - used);
    used += n;
    if (used > max_body_bytes) return too_large(max_body_bytes);
    if (n == 0) break;
  }
  out.resize(used);
  if (used < length) return incomplete(used, length);
  return out;
}

Result<std::string> Request::json_object(std::size_t max_depth) const {
  CHOREO_ASSIGN(const std::string text, body());
  CHOREO_ASSIGN(std::string canonical, json::canonicalize(text, max_depth));
  if (!json::is_object(canonical)) return invalid("not_an_object", "the body must be a JSON object");
  if (const auto key = json::repeated_key(canonical))
    return invalid("duplicate_key",
                   "the body has the key '" + json::unescape(key->substr(0, 100)) + "' more than once");
  return canonical;
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
  if (response.status == 503) response.headers.emplace_back("Retry-After", std::to_string(http::kRetryAfterSecs));
  return response;
}

}  // namespace choreo::fcgi
