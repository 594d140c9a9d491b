#include "streamer/http_answer.h"

#include "http/answer.h"

namespace choreo::streamer {
namespace {

constexpr std::string_view kNotStored = "Cache-Control: no-store\r\n";
constexpr std::string_view kAllowedMethods = "GET, HEAD, OPTIONS";
// Larger heads than kMaxHeadBytes have a status of their own.
constexpr int kHeadTooLarge = 431;

int code_of(const Error& error) {
  return error.code == "head_too_large" ? kHeadTooLarge : http::status_of(error).code;
}

std::string head(int code, std::string_view trace_id) {
  std::string out = "HTTP/1.1 " + std::to_string(code) + " " + std::string(http::reason_of(code)) + "\r\n";
  out += http::kAllowOrigin;
  out += http::kExposeHeaders;
  out += http::kNoSniff;
  out += "Connection: close\r\nX-Trace-ID: ";
  out += trace_id;
  out += "\r\n";
  return out;
}

void append_json_body(std::string& out, std::string_view body, bool with_body) {
  out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  if (with_body) out += body;
}

}  // namespace

std::string ok_answer(std::string_view json, std::string_view trace_id, bool with_body) {
  std::string out = head(200, trace_id);
  out += kNotStored;
  append_json_body(out, json, with_body);
  return out;
}

std::string error_answer(const Error& error, std::string_view trace_id, bool with_body) {
  const int code = code_of(error);
  std::string out = head(code, trace_id);
  if (code == 401) out += "WWW-Authenticate: " + http::challenge(error) + "\r\n";
  if (code == 405) out += "Allow: " + std::string(kAllowedMethods) + "\r\n";
  if (code == 503) out += "Retry-After: " + std::to_string(http::kRetryAfterSecs) + "\r\n";
  out += http::kCacheControl;
  append_json_body(out, http::error_body(error), with_body);
  return out;
}

std::string options_answer(std::string_view trace_id) {
  std::string out = head(204, trace_id);
  out += "Allow: " + std::string(kAllowedMethods) + "\r\n";
  out += http::kPreflightHeaders;
  out += http::kCacheControl;
  out += "\r\n";
  return out;
}

std::string stream_head(std::string_view epoch, std::string_view trace_id) {
  std::string out = head(200, trace_id);
  out +=
      "Content-Type: text/event-stream\r\n"
      "Cache-Control: private, no-cache\r\n"
      "X-Accel-Buffering: no\r\n"
      "X-Choreo-Epoch: ";
  out += epoch;
  out += "\r\n\r\n";
  return out;
}

}  // namespace choreo::streamer
