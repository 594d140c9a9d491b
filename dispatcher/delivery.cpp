#include "dispatcher/delivery.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "control/url_parts.h"
#include "dispatcher/retry_after.h"

namespace choreo::dispatcher {
namespace {

constexpr std::size_t kExpectBytes = 512u << 10;  // libcurl asks the receiver first for bodies of a megabyte
// Answers are short. libcurl takes a buffer of this size for each of them, and malloc() hands out small ones for less.
constexpr long kReadBytes = 1024;

Error out_of_memory() {
  return make_error(ErrorKind::unavailable, "out_of_memory", "no memory for another delivery");
}

}  // namespace

Result<std::unique_ptr<Delivery>> Delivery::make(const TransportOptions& options, const AddressPolicy& policy,
                                                 Clock& clock) {
  CURL* handle = curl_easy_init();
  if (!handle) return out_of_memory();
  std::unique_ptr<Delivery> delivery(new Delivery(handle, options, policy, clock));
  delivery->set_constant_options();
  return delivery;
}

Delivery::Delivery(CURL* handle, const TransportOptions& options, const AddressPolicy& policy, Clock& clock)
    : handle_(handle), options_(options), policy_(policy), clock_(clock) {}

Delivery::~Delivery() {
  curl_easy_cleanup(handle_);
  curl_url_cleanup(parsed_url_);
}

Delivery* Delivery::of(CURL* handle) {
  char* self = nullptr;
  curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
  return reinterpret_cast<Delivery*>(self);
}

void Delivery::set_constant_options() {
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, kReadBytes);
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);  // else removing a handle joins the thread that resolves its name
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));

  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle_, CURLOPT_PROXY, "");
  curl_easy_setopt(handle_, CURLOPT_NOPROXY, "*");  // else the environment is asked each time
  curl_easy_setopt(handle_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);

  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle_, CURLOPT_SSL_VERIFYHOST, 2L);
  // With a directory of certificates libcurl does not share the loaded ones between connections.
  curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);
  if (!options_.ca_file.empty()) curl_easy_setopt(handle_, CURLOPT_CAINFO, options_.ca_file.c_str());

  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETFUNCTION, &Delivery::open_socket);
  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle_, CURLOPT_PREREQFUNCTION, &Delivery::before_request);
  curl_easy_setopt(handle_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &Delivery::read_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &Delivery::read_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
}

Status Delivery::load(std::uint64_t token, Request request) {
  unload();
  token_ = token;
  request_ = std::move(request);
  // Empty: a large body goes out without waiting for 100 Continue.
  if (request_.body->size() > kExpectBytes) request_.headers.emplace_back("Expect:");
  header_list_.clear();
  for (std::string& line : request_.headers) header_list_.push_back({line.data(), nullptr});
  for (std::size_t i = 1; i < header_list_.size(); ++i) header_list_[i - 1].next = &header_list_[i];
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_.empty() ? nullptr : header_list_.data());
  curl_easy_setopt(handle_, CURLOPT_POST, 1L);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body->data());
  if (loaded_url_ != request_.url) CHOREO_TRY(load_url());
  const std::int64_t timeout_ms = std::min(options_.timeout_ms, request_.timeout_ms);
  if (loaded_timeout_ms_ != timeout_ms) {
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
    loaded_timeout_ms_ = timeout_ms;
  }
  started_ms_ = clock_.steady_ms();
  return {};
}

// Parsed here once, where libcurl would do it for each request. One that cannot be parsed is left to libcurl's own
// error.
Status Delivery::load_url() {
  if (!parsed_url_ && !(parsed_url_ = curl_url())) return out_of_memory();
  loaded_url_.clear();
  const std::string called = control::url_to_call(request_.url);
  const bool good = curl_url_set(parsed_url_, CURLUPART_URL, called.c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
  curl_easy_setopt(handle_, CURLOPT_CURLU, good ? parsed_url_ : nullptr);
  if (curl_easy_setopt(handle_, CURLOPT_URL, good ? nullptr : request_.url.c_str()) != CURLE_OK) return out_of_memory();
  loaded_url_ = request_.url;
  return {};
}

void Delivery::unload() {
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, nullptr);
  request_ = {};
  body_bytes_ = header_bytes_ = 0;
  kept_.clear();
  headers_ended_ = false;
  retry_after_.clear();
  refusal_.clear();
  error_[0] = '\0';
}

Answer Delivery::answer(CURLcode code) const {
  Answer answer;
  answer.duration_ms = clock_.steady_ms() - started_ms_;
  answer.body = kept_;
  const bool cut = code == CURLE_WRITE_ERROR && body_bytes_ > kMaxAnswerBytes;
  if (code != CURLE_OK && !cut) {
    answer.error = failure(code);
    return answer;
  }
  if (!headers_ended_) {  // libcurl does not mind
    answer.error = "the answer broke off in its headers";
    return answer;
  }
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  answer.retry_after_ms = dispatcher::retry_after_ms(retry_after_, clock_.wall_ms());
  return answer;
}

bool Delivery::connected() const {
  curl_off_t us = 0;
  return curl_easy_getinfo(handle_, CURLINFO_PRETRANSFER_TIME_T, &us) == CURLE_OK && us > 0;
}

std::string Delivery::failure(CURLcode code) const {
  const bool could_be_refused = code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK;
  if (could_be_refused && !refusal_.empty()) return refusal_;
  if (code == CURLE_OPERATION_TIMEDOUT)
    return "no complete answer within " + std::to_string(loaded_timeout_ms_ / 1000) + " s";
  // libcurl has room for one line of 100 KiB, or of 4 KiB in a trailer, and has no other word for a longer one.
  const bool no_room = code == CURLE_OUT_OF_MEMORY || std::string_view(error_).starts_with("Out of memory");
  const bool long_line = no_room && connected();
  if (long_line && headers_ended_) return "a trailer of the answer is too long";
  if (long_line || code == CURLE_WRITE_ERROR)
    return "the answer's headers exceed " + std::to_string(kMaxAnswerBytes) + " bytes";
  return error_[0] ? error_ : curl_easy_strerror(code);
}

curl_socket_t Delivery::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* delivery = static_cast<Delivery*>(self);
  if (auto refusal = delivery->policy_.refusal(&address->addr)) {
    delivery->refusal_ = std::move(*refusal);
    return CURL_SOCKET_BAD;  // libcurl goes on to the next address of that name
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Also called where a connection that an earlier delivery opened is used again.
int Delivery::before_request(void* self, char* peer, char*, int, int) {
  auto* delivery = static_cast<Delivery*>(self);
  const std::string_view address(peer ? peer : "");
  if (!address.empty() && address == delivery->known_peer_) return CURL_PREREQFUNC_OK;
  auto refusal = delivery->policy_.refusal(address);
  if (!refusal) {
    delivery->known_peer_ = address;
    return CURL_PREREQFUNC_OK;
  }
  delivery->refusal_ = std::move(*refusal);
  return CURL_PREREQFUNC_ABORT;
}

std::size_t Delivery::read_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto* delivery = static_cast<Delivery*>(self);
  delivery->body_bytes_ += size * count;
  if (delivery->kept_.size() < control::kKeptAnswerBytes)
    delivery->kept_.append(data, std::min(size * count, control::kKeptAnswerBytes - delivery->kept_.size()));
  return delivery->body_bytes_ > kMaxAnswerBytes ? 0 : size * count;
}

void Delivery::note_retry_after(std::string_view line) {
  constexpr std::string_view kName = "retry-after:";
  constexpr std::string_view kBlank = " \t\r\n";
  if (line.size() < kName.size() || !curl_strnequal(line.data(), kName.data(), kName.size())) return;
  line.remove_prefix(kName.size());
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  retry_after_ = line.substr(0, line.find_last_not_of(kBlank) + 1);
}

std::size_t Delivery::read_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto* delivery = static_cast<Delivery*>(self);
  delivery->header_bytes_ += size * count;
  // Each answer, 1xx included, starts with a status line and ends its headers with an empty one; trailers may follow.
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    delivery->headers_ended_ = false;
    delivery->retry_after_.clear();
  }
  if (!delivery->headers_ended_) delivery->note_retry_after(line);
  if (line == "\r\n" || line == "\n") delivery->headers_ended_ = true;
  return delivery->header_bytes_ > kMaxAnswerBytes ? 0 : size * count;
}

}  // namespace choreo::dispatcher
