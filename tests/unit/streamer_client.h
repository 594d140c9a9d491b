// A raw HTTP client for the streamer's tests: one connection, events taken apart as the HTML standard says, with a
// limit on every wait.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace choreo::test {

struct StreamEvent {
  std::string id;
  std::string name;
  std::string data;
};

class StreamClient {
 public:
  static constexpr int kWaitMs = 20'000;

  // Takes a connected socket.
  explicit StreamClient(int fd) : fd_(fd) {}
  StreamClient(StreamClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), unread_(std::move(other.unread_)) {}
  ~StreamClient() { close(); }

  static StreamClient connect_unix(const std::string& path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return StreamClient(fd);
  }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(const std::string& text) {
    REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size()));
  }
  void get(const std::string& target, const std::string& more = "") {
    send("GET " + target + " HTTP/1.1\r\nHost: test\r\n" + more + "\r\n");
  }

  // The answer's status and headers (lower-case names).
  int read_head() {
    const std::string head = read_until("\r\n\r\n");
    REQUIRE(head.starts_with("HTTP/1.1 "));
    for (std::size_t at = head.find("\r\n") + 2; at < head.size() - 2;) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return std::stoi(head.substr(9, 3));
  }

  // The next event; comments and retry are kept aside. Nothing at the end of the stream: name is "".
  StreamEvent read_event() {
    StreamEvent event;
    while (true) {
      const std::string block = read_until("\n\n");
      if (block.empty()) {  // the end; what came before it is no event, but its fields count
        StreamEvent none;
        take_block(std::exchange(unread_, "") + "\n", none);
        return {};
      }
      take_block(block, event);
      if (!event.name.empty()) return event;
    }
  }

  // The ids of the next `count` operations; every event on the way must be one.
  std::vector<std::int64_t> read_ids(std::size_t count) {
    std::vector<std::int64_t> ids;
    while (ids.size() < count) {
      const StreamEvent event = read_event();
      REQUIRE(event.name == "op");
      ids.push_back(std::stoll(event.id));
    }
    return ids;
  }

  // Everything up to the end of the connection.
  std::string read_rest() {
    while (fill()) continue;
    return std::exchange(unread_, "");
  }

  // Whether something arrives within ms.
  bool readable(int ms) {
    pollfd item{fd_, POLLIN, 0};
    return !unread_.empty() || ::poll(&item, 1, ms) > 0;
  }

  std::map<std::string, std::string> headers;
  std::vector<std::string> comments;
  std::vector<std::int64_t> retries;

 private:
  // Through the end of the mark; "" at the end of the connection.
  std::string read_until(const std::string& mark) {
    std::size_t end = 0;
    while ((end = unread_.find(mark)) == std::string::npos) {
      if (!fill()) return {};
    }
    std::string text = unread_.substr(0, end + mark.size());
    unread_.erase(0, end + mark.size());
    return text;
  }

  bool fill() {
    pollfd item{fd_, POLLIN, 0};
    if (::poll(&item, 1, kWaitMs) <= 0) FAIL("nothing arrived in time");
    char bytes[65536];
    const ssize_t read = ::recv(fd_, bytes, sizeof bytes, 0);
    if (read <= 0) return false;
    unread_.append(bytes, static_cast<std::size_t>(read));
    return true;
  }

  void take_block(const std::string& block, StreamEvent& event) {
    for (std::size_t at = 0; at < block.size() - 1;) {
      const std::size_t end = block.find('\n', at);
      const std::string line = block.substr(at, end - at);
      const std::size_t colon = line.find(':');
      const std::string field = line.substr(0, colon);
      const std::string value = line.size() > colon + 2 ? line.substr(colon + 2) : "";
      if (field.empty()) comments.push_back(value);
      if (field == "retry") retries.push_back(std::stoll(value));
      if (field == "id") event.id = value;
      if (field == "event") event.name = value;
      if (field == "data") event.data += value;
      at = end + 1;
    }
  }

  int fd_;
  std::string unread_;
};

// first, first + 1, … last.
inline std::vector<std::int64_t> id_range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> ids;
  for (std::int64_t id = first; id <= last; ++id) ids.push_back(id);
  return ids;
}

// Waits for a state that no event announces.
template <class Condition>
void wait_until(Condition condition) {
  const std::int64_t deadline = system_clock().steady_ms() + StreamClient::kWaitMs;
  while (!condition()) {
    if (system_clock().steady_ms() > deadline) FAIL("the condition did not come true in time");
    ::poll(nullptr, 0, 5);
  }
}

}  // namespace choreo::test
