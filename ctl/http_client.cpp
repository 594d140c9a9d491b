#include "ctl/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/sleep.h"
#include "ctl/exit_codes.h"
#include "ctl/limits.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::ctl {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr long kTooManyRequests = 429;
constexpr long kMaxWaitSecs = 30;

struct CurlList {
  curl_slist* list = nullptr;
  ~CurlList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  // One that has the user's words, which must stay one line.
  Status add_value(const std::string& line, const std::string& name) {
    if (std::any_of(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }))
      return bad_usage(name + " has a line break or another control character");
    return add(line), Status();
  }
};

// What libcurl's callbacks work on during one exchange.
struct Exchange {
  const Request& request;
  Response response;
  CURL* curl = nullptr;
  bool too_large = false;
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
    exchange.too_large = exchange.response.body.size() + piece.size() > kMaxAnswerBytes;
    if (exchange.too_large) return CURL_WRITEFUNC_ERROR;
    exchange.response.body += piece;
    return piece.size();
  }
  if (exchange.request.on_data(piece)) return piece.size();
  exchange.response.stopped = true;
  return CURL_WRITEFUNC_ERROR;
}

int on_progress(void* pointer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(pointer);
  if (exchange.request.go_on()) return 0;
  exchange.response.stopped = true;
  return 1;
}

void set_body(CURL* curl, Exchange& exchange, CurlList& headers) {
  const Request& request = exchange.request;
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "GET") return;
  headers.add("Content-Type: " + request.content_type);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  headers.add("Expect:");  // "100-continue" would only cost a second
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
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
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "choreoctl/" CHOREO_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, request.timeout_ms);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);  // also a machine that is gone is noticed
  if (request.go_on) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  }
  if (request.silence_ms > 0) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request.silence_ms / 1000);
  }
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  set_body(curl, exchange, headers);
  if (!token_.empty()) CHOREO_TRY(headers.add_value("Authorization: Bearer " + token_, "the token"));
  for (const std::string& header : request.headers)
    CHOREO_TRY(headers.add_value(header, header.substr(0, header.find(':'))));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list);
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange.response.status);
  if (exchange.too_large)
    return make_error(
        ErrorKind::unavailable, "bad_answer",
        request.method + " " + url + ": the answer has more than " + std::to_string(kMaxAnswerBytes) + " bytes");
  if (code != CURLE_OK && !exchange.response.stopped)
    return make_error(ErrorKind::unavailable, kUnreachableCode,
                      request.method + " " + url + ": " + (*reason ? reason : curl_easy_strerror(code)));
  return std::move(exchange.response);
}

Result<Response> HttpClient::send_when_allowed(const Request& request) {
  long waited_ms = 0;
  while (true) {
    CHOREO_ASSIGN(Response response, send(request));
    const auto found = response.headers.find("retry-after");
    if (response.status != kTooManyRequests || found == response.headers.end()) return response;
    const long wait_ms = std::clamp(std::strtol(found->second.c_str(), nullptr, 10), 1L, kMaxWaitSecs) * 1000;
    waited_ms += wait_ms;
    if (request.timeout_ms > 0 && waited_ms > request.timeout_ms) return response;
    sleep_ms(wait_ms);
  }
}

Result<Response> HttpClient::answer(const Request& request) {
  CHOREO_ASSIGN(Response response, send_when_allowed(request));
  if (response.status / 100 != 2) return error_of(response);
  Result<std::string> body = json::canonicalize(response.body);
  if (!body.ok())
    return make_error(ErrorKind::unavailable, "bad_answer",
                      url_ + request.path + " answered something else than JSON; is this address a Choreo server's?");
  response.body = std::move(*body);
  return response;
}

Result<std::string> HttpClient::json(const Request& request) {
  CHOREO_ASSIGN(Response response, answer(request));
  return std::move(response.body);
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
  std::size_t index = 0;
  const std::string_view digits = json::find(*body, "index").value_or("");
  if (!digits.empty() && std::from_chars(digits.data(), digits.data() + digits.size(), index).ec == std::errc())
    error.index = index;
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
