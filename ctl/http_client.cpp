#include "ctl/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "ctl/exit_codes.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr long kConnectTimeoutMs = 10'000;

struct CurlList {
  curl_slist* list = nullptr;
  ~CurlList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

// What libcurl's callbacks work on during one exchange.
struct Exchange {
  const Request& request;
  Response response;
  CURL* curl = nullptr;
  Status body_error = {};
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* pointer) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  const std::string_view line(data, size * count);
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();
  if (colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
    exchange.response.headers[name] = std::string(value);
  }
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* pointer) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  long status = 0;
  curl_easy_getinfo(exchange.curl, CURLINFO_RESPONSE_CODE, &status);
  const std::string_view piece(data, size * count);
  if (!exchange.request.on_data || status / 100 != 2) {
    exchange.response.body += piece;
    return piece.size();
  }
  if (exchange.request.on_data(piece)) return piece.size();
  exchange.response.stopped = true;
  return CURL_WRITEFUNC_ERROR;
}

std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* pointer) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  Result<std::size_t> read = exchange.request.read_body(buffer, size * count);
  if (read.ok()) return *read;
  exchange.body_error = std::move(read).error();
  return CURL_READFUNC_ABORT;
}

void set_body(CURL* curl, Exchange& exchange, CurlList& headers) {
  const Request& request = exchange.request;
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "GET") return;
  headers.add("Content-Type: " + request.content_type);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  if (request.read_body) {
    // Chunks of unknown number; "Expect: 100-continue" would only cost a second.
    headers.add("Transfer-Encoding: chunked");
    headers.add("Expect:");
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
  } else {
    headers.add("Expect:");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = curl_easy_init();
  ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(std::string url, std::string token)
    : url_(std::move(url)), token_(std::move(token)), handle_(std::make_unique<Handle>()) {}

HttpClient::~HttpClient() = default;

Result<Response> HttpClient::send(const Request& request) {
  CURL* curl = handle_->curl;
  if (curl == nullptr) return make_error(ErrorKind::unavailable, kUnreachableCode, "libcurl gives no handle");
  curl_easy_reset(curl);
  Exchange exchange{request, {}, curl};
  CurlList headers;
  const std::string url = url_ + request.path;
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "choreoctl/" CHOREO_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request.timeout_ms);
  if (request.silence_ms > 0) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request.silence_ms / 1000);
  }
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  set_body(curl, exchange, headers);
  if (!token_.empty()) headers.add("Authorization: Bearer " + token_);
  for (const std::string& header : request.headers) headers.add(header);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  const CURLcode code = curl_easy_perform(curl);
  CHOREO_TRY(std::move(exchange.body_error));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange.response.status);
  if (code != CURLE_OK && !exchange.response.stopped)
    return make_error(ErrorKind::unavailable, kUnreachableCode,
                      request.method + " " + url + ": " + (*reason ? reason : curl_easy_strerror(code)));
  return std::move(exchange.response);
}

Result<std::string> HttpClient::json(const Request& request) {
  CHOREO_ASSIGN(const Response response, send(request));
  if (response.status / 100 != 2) return error_of(response);
  Result<std::string> body = json::canonicalize(response.body);
  if (body.ok()) return body;
  return make_error(ErrorKind::unavailable, "bad_answer",
                    url_ + request.path + " answered something else than JSON; is this address a Choreo server's?");
}

Error error_of(const Response& response) {
  Error error = make_error(ErrorKind::unavailable, "http_" + std::to_string(response.status),
                           "the server answered with status " + std::to_string(response.status));
  const Result<std::string> body = json::canonicalize(response.body);
  if (!body.ok() || !json::is_object(*body)) return error;
  const auto text = [&](std::string_view name, std::string& into) {
    const auto found = json::find(*body, name);
    if (found && json::is_string(*found)) into = json::unquote(*found);
  };
  text("error", error.message);
  text("code", error.code);
  return error;
}

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::strchr("-._~", c) != nullptr) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace choreo::ctl
