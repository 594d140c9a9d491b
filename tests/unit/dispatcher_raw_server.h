// A server that answers deliveries with given bytes, and what delivers to it.
#pragma once

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "dispatcher/delivery.h"
#include "dispatcher/transport.h"

namespace choreo::test {

using dispatcher::AddressPolicy;
using dispatcher::Answer;
using dispatcher::Request;
using dispatcher::Transport;
using dispatcher::TransportOptions;

inline constexpr std::int64_t kTimeoutMs = 1500;
inline constexpr const char* kBody = "{\"op_id\":1}";

// Reads a request of each connection, answers and closes it; or holds it open without an answer.
class RawServer {
 public:
  explicit RawServer(std::string answer, bool hold = false, const char* host = "127.0.0.1", int port = 0)
      : answer_(std::move(answer)), hold_(hold) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    REQUIRE(inet_pton(AF_INET, host, &address.sin_addr) == 1);
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    stop_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    const std::uint64_t one = 1;
    REQUIRE(write(stop_, &one, sizeof one) == sizeof one);
    thread_.join();
    for (int fd : held_) close(fd);
    close(listener_);
    close(stop_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }
  int port() const { return port_; }
  int connections() const { return connections_; }
  std::string request() {
    const std::lock_guard lock(mutex_);
    return request_;
  }

 private:
  bool readable(int fd) const {
    pollfd items[2] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    poll(items, 2, -1);
    return (items[1].revents & POLLIN) == 0;
  }

  void serve() {
    while (readable(listener_)) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      ++connections_;
      read_request(fd);
      if (hold_) {
        held_.push_back(fd);
        continue;
      }
      std::size_t sent = 0;
      while (sent < answer_.size()) {
        const ssize_t n = send(fd, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      shutdown(fd, SHUT_WR);
      close(fd);
    }
  }

  void read_request(int fd) {
    std::string text;
    char buffer[4096];
    while (text.find(kBody) == std::string::npos && readable(fd)) {
      const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    const std::lock_guard lock(mutex_);
    request_ = text;
  }

  const std::string answer_;
  const bool hold_;
  int listener_ = -1;
  int stop_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<int> held_;
  std::mutex mutex_;
  std::string request_;  // guarded by mutex_
  std::thread thread_;
};

inline std::unique_ptr<Transport> transport(const char* allow = "loopback") {
  TransportOptions options;
  options.timeout_ms = kTimeoutMs;
  options.max_connections = 4;
  auto made = Transport::make(options, *AddressPolicy::parse(allow), system_clock());
  REQUIRE(made.ok());
  return std::move(*made);
}

inline Answer deliver(Transport& transport, const std::string& url,
                      std::vector<std::string> headers = {"Content-Type: application/json"},
                      const std::string& before_body = "") {
  const auto body = std::make_shared<const std::string>(before_body + kBody);
  REQUIRE(transport.start(77, Request{url, std::move(headers), body}).ok());
  for (;;) {
    const auto ended = transport.run(100, -1);
    if (ended.empty()) continue;
    REQUIRE(ended.size() == 1);
    CHECK(ended.front().token == 77);
    CHECK(transport.in_flight() == 0);
    return ended.front().answer;
  }
}

inline Answer deliver(const RawServer& server) {
  return deliver(*transport(), server.url());
}

inline std::string http(const std::string& status, const std::string& more = "Content-Length: 0\r\n",
                        const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\n" + more + "\r\n" + body;
}

}  // namespace choreo::test
