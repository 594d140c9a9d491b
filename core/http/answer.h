// What every HTTP answer of ours has in common: statuses, error bodies, CORS.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::http {

struct StatusLine {
  int code;
  std::string_view reason;
};

// The status of an error, and the reason phrase of a code.
StatusLine status_of(const Error& error);
std::string_view reason_of(int code);

// {"error":"sentence","code":"snake_case"} and what helps: position, index, field, the error's extra members.
std::string error_body(const Error& error);

// The same on every route of the server, the workers' and the streamer's.
inline constexpr std::string_view kAllowOrigin = "Access-Control-Allow-Origin: *\r\n";
inline constexpr std::string_view kExposeHeaders =
    "Access-Control-Expose-Headers: X-Trace-ID, ETag, X-Choreo-Epoch, X-Choreo-Head, Retry-After\r\n";
// A body is what its Content-Type says, whatever a browser makes of its beginning.
inline constexpr std::string_view kNoSniff = "X-Content-Type-Options: nosniff\r\n";
// Of an answer that says nothing else of it: nobody keeps it for others, or gives it out without asking whether it has
// changed.
inline constexpr std::string_view kCacheControl = "Cache-Control: private, no-cache\r\n";
// Besides what clients send because these pages say so, what libraries for server-sent events send by themselves:
// Cache-Control, Pragma, X-Requested-With.
inline constexpr std::string_view kPreflightHeaders =
    "Access-Control-Allow-Methods: GET, POST, PATCH, DELETE, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID, Idempotency-Key, If-Match, "
    "If-None-Match, Choreo-Strict, traceparent, X-Trace-ID, Cache-Control, Pragma, X-Requested-With\r\n"
    "Access-Control-Max-Age: 86400\r\n";

inline constexpr int kRetryAfterSecs = 5;  // with every 503

// The value of WWW-Authenticate in a 401 (RFC 6750).
std::string challenge(const Error& error);

}  // namespace choreo::http
