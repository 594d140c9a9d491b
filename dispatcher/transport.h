// Many deliveries at once over libcurl's multi interface, with their connections kept between deliveries.
//
// Thread-safety: one thread (the loop's), except wake().
// Ownership: owns all handles; a delivery started is given back by run() exactly once, or dropped with the transport.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "dispatcher/delivery.h"

namespace choreo::dispatcher {

class Transport {
 public:
  struct Ended {
    std::uint64_t token = 0;
    Answer answer;
  };

  static Result<std::unique_ptr<Transport>> make(TransportOptions options, AddressPolicy policy, Clock& clock);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  ~Transport();

  // REQUIRES: !full(), and no delivery of that token on its way.
  Status start(std::uint64_t token, Request request);
  bool full() const { return active_.size() >= capacity(); }
  std::size_t capacity() const { return options_.max_connections; }
  std::size_t in_flight() const { return active_.size(); }

  // Waits up to timeout_ms for the network, wake(), or extra_fd to be readable (-1: none), and returns what ended.
  std::vector<Ended> run(int timeout_ms, int extra_fd);
  // Ends the wait of run(), or the next one. From any thread.
  void wake() { curl_multi_wakeup(multi_); }

 private:
  Transport(CURLM* multi, TransportOptions options, AddressPolicy policy, Clock& clock);
  Result<std::unique_ptr<Delivery>> idle_delivery();

  CURLM* multi_;
  const TransportOptions options_;
  const AddressPolicy policy_;
  Clock& clock_;
  std::unordered_map<CURL*, std::unique_ptr<Delivery>> active_;
  std::vector<std::unique_ptr<Delivery>> idle_;  // at most max_connections with active_
};

}  // namespace choreo::dispatcher
