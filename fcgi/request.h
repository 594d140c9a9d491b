// One HTTP request as a worker sees it, and the answer it gets.
// Thread-safety: both belong to the thread that serves the request.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/gate.h"
#include "base/limits.h"
#include "base/result.h"
#include "fcgi/server/answer.h"
#include "http/target.h"

namespace choreo::fcgi {

// Where the body comes from and what else the server knows of the request; implemented over the server's (handler.h).
class Input {
 public:
  virtual ~Input() = default;
  // A FastCGI parameter, e.g. HTTP_IF_MATCH. Empty where absent: data() is null then, and only then.
  virtual std::string_view parameter(const char* name) const = 0;
  // The body, where all of it is in memory and nothing was read yet. It stays to be read.
  virtual std::optional<std::string_view> whole() const = 0;
  // Reads up to size bytes of the body; 0 at its end.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
  // The end that read() told was none: the rest of the body did not come.
  virtual bool broken() const = 0;
};

struct Request {
  std::string_view method;
  http::Target target;
  std::string trace_id;        // of the answer and of every log line
  std::string given_trace_id;  // "" where the client gave none
  Input* input = nullptr;
  std::size_t max_body_bytes = 0;
  access::GrantPtr grant;  // null: it came without a token, or nothing asks for one

  // Members that a JSON object in the body may have: those of the route (route_inputs.h).
  std::span<const std::string_view> members = {};

  std::string_view header(const char* cgi_name) const { return input->parameter(cgi_name); }
  // Nothing where it is absent; "" where the client sent it empty.
  std::optional<std::string_view> given(const char* cgi_name) const {
    const std::string_view value = header(cgi_name);
    return value.data() == nullptr ? std::nullopt : std::optional(value);
  }
  // Whether what the headers say of the body can be taken: http::check_body_headers.
  Status check_body_headers() const;
  // The whole body, without a byte order mark. Errors: too_large/body_too_large, those of http::check_body_headers and
  // http::json_text.
  Result<std::string> body() const;
  // The same as canonical JSON; it must be an object with no other than the route's members. Errors: also those of
  // json::canonicalize, invalid/not_an_object, invalid/duplicate_key, invalid/unknown_member.
  Result<std::string> json_object(std::size_t max_depth = kMaxJsonDepth) const;
  // The same where the route can do without: "{}" for an empty body.
  Result<std::string> optional_object() const;
  const std::string& segment(std::size_t i) const { return target.path[i]; }
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  std::string body;
  // Set instead of body for answers that are made while they are sent.
  std::unique_ptr<server::Body> rest;
};

Response json_response(std::string body, int status = 200);
Response error_response(const Error& error);

}  // namespace choreo::fcgi
