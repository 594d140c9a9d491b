// One POST on its way: a curl handle, its request, and what came back.
//
// Purpose: everything that keeps a delivery from doing harm is set here: http and https only, no redirects, cookies,
// netrc or proxies; every address dialled is put to the AddressPolicy, also that of a kept connection; TLS is
// verified; the time and what is read of the answer are bounded.
// Ownership: owns handle, headers and a share of the body; used again for later deliveries, so that constant options
// are set once. Must be out of the multi handle before it goes.
// Thread-safety: none; part of the loop's state.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dispatcher/address_policy.h"
#include "dispatcher/outcome.h"

namespace choreo::dispatcher {

// What is read of an answer, body and headers each; a longer body is cut off, its status counts.
inline constexpr std::size_t kMaxAnswerBytes = 64u << 10;

struct TransportOptions {
  std::int64_t timeout_ms = 10'000;  // from name resolution to the answer's last byte
  std::size_t max_connections = 256;
  std::string ca_file;  // "": the system's
};

struct Request {
  std::string url;
  // Whole lines, `Name: value`. libcurl looks through all elements a dozen times for headers of its own, so the lines
  // that it knows nothing of can stand in one element, behind another line and CR LF.
  std::vector<std::string> headers;
  std::shared_ptr<const std::string> body;
  std::int64_t timeout_ms = INT64_MAX;  // if shorter than the transport's
};

class Delivery {
 public:
  // options and policy outlive it. Error unavailable/out_of_memory.
  static Result<std::unique_ptr<Delivery>> make(const TransportOptions& options, const AddressPolicy& policy,
                                                Clock& clock);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery();

  // Loads the next request. REQUIRES: not in a multi handle.
  Status load(std::uint64_t token, Request request);
  // What came of it. REQUIRES: the transfer ended with this code.
  Answer answer(CURLcode code) const;
  // Lets go of the request.
  void unload();

  CURL* handle() const { return handle_; }
  std::uint64_t token() const { return token_; }
  static Delivery* of(CURL* handle);

 private:
  Delivery(CURL* handle, const TransportOptions& options, const AddressPolicy& policy, Clock& clock);
  void set_constant_options();
  Status load_url();
  std::string failure(CURLcode code) const;
  bool connected() const;
  void note_retry_after(std::string_view line);

  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int before_request(void* self, char* peer, char* local, int peer_port, int local_port);
  static std::size_t read_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t read_header(char* data, std::size_t size, std::size_t count, void* self);

  CURL* handle_;
  const TransportOptions& options_;
  const AddressPolicy& policy_;
  Clock& clock_;

  std::uint64_t token_ = 0;
  Request request_;
  std::string loaded_url_;
  CURLU* parsed_url_ = nullptr;  // of loaded_url_
  std::int64_t loaded_timeout_ms_ = 0;
  std::vector<curl_slist> header_list_;  // of request_'s lines
  std::int64_t started_ms_ = 0;
  std::size_t body_bytes_ = 0;
  std::string kept_;  // what is recorded of the body
  std::size_t header_bytes_ = 0;
  bool headers_ended_ = false;
  std::string retry_after_;  // the header's value
  std::string refusal_;      // of the last address that was refused
  std::string known_peer_;   // the last one that was not
  char error_[CURL_ERROR_SIZE] = "";
};

}  // namespace choreo::dispatcher
