// A client of one Choreo server, over libcurl.
//
// Invariants: the connection is kept between requests; redirects are not followed; only what the server
// refused because it was too much at once (429) is sent again, when it says so.
// Thread-safety: one thread at a time. Ownership: owns its libcurl handle.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace choreo::ctl {

struct Request {
  std::string method = "GET";
  std::string path;                       // percent-encoded, with its query
  std::string body = {};                  // sent where the method is not GET
  std::vector<std::string> headers = {};  // "Idempotency-Key: k"
  std::string content_type = "application/json";
  // Where set it gets the answer's body as it comes, if the status is 2xx; false ends the transfer.
  std::function<bool(std::string_view)> on_data = {};
  // Asked about once a second while it waits; false ends the transfer.
  std::function<bool()> go_on = {};
  long timeout_ms = 120'000;  // of the whole exchange; 0 for none
  long silence_ms = 0;        // without a byte for so long it ends; 0 for never
};

struct Response {
  long status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case
  bool stopped = false;                        // on_data or go_on ended it
};

class HttpClient {
 public:
  HttpClient(std::string url, std::string token);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any answer is a value. Errors: unavailable/unreachable, with the url and the reason.
  Result<Response> send(const Request& request);
  // A 2xx answer, whose body is canonical JSON; the server's own sentence and code otherwise.
  Result<Response> answer(const Request& request);
  Result<std::string> json(const Request& request);  // its body
  Result<std::string> get(const std::string& path) { return json({.path = path}); }

 private:
  struct Handle;
  Result<Response> send_when_allowed(const Request& request);
  std::string url_;
  std::string token_;
  std::unique_ptr<Handle> handle_;
};

// The server's error in an answer that is not 2xx.
Error error_of(const Response& response);
// A path segment or a query value, percent-encoded.
std::string encoded(std::string_view text);

}  // namespace choreo::ctl
