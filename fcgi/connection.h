// One connection of the web server.
//
// Thread-safety: while busy() the thread that serves its request owns it, else the server's loop. Ownership: shared by
// the loop and whoever serves its request; the socket is closed by the last of them.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fcgi/records.h"
#include "fcgi/request.h"

namespace choreo::fcgi {

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  RequestReader& reader() { return reader_; }

  bool busy() const { return busy_.load(std::memory_order_acquire); }
  void set_busy() {
    busy_since_us_ = system_clock().steady_us();
    busy_.store(true, std::memory_order_relaxed);
  }
  // Since its request has been served. REQUIRES: busy().
  std::int64_t busy_us() const { return system_clock().steady_us() - busy_since_us_; }
  // Forgets the request and gives the connection back to the loop. To be called before the last bytes of the answer are
  // sent, since the next request may come as soon as they are.
  void release();

  // Sends what the socket takes at once. Returns how much that was, -1 where the connection is broken.
  ssize_t send_some(std::string_view bytes);
  // Sends all, waiting while the web server reads nothing, at most kIoTimeoutMs at a time. False: broken.
  bool send_all(std::string_view bytes);
  // Waits for bytes and takes them. False: broken, or ended.
  bool receive_more();

 private:
  const int fd_;
  std::atomic<bool> busy_{false};
  std::int64_t busy_since_us_ = 0;
  RequestReader reader_;
};

inline constexpr int kIoTimeoutMs = 60000;

// What a handler reads of a request. A body that is not there as a whole is read from the connection, which waits.
class ConnectionInput : public Input {
 public:
  explicit ConnectionInput(Connection& connection) : connection_(connection) {}
  std::string_view parameter(const char* name) const override { return connection_.reader().parameter(name); }
  std::optional<std::string_view> whole() const override;
  std::size_t read(char* buffer, std::size_t size) override;
  // A body that the handler had no use for: what stays unread would be taken for the connection's next request.
  void read_rest();

 private:
  Connection& connection_;
  std::size_t used_ = 0;  // of what the reader holds of the body
};

}  // namespace choreo::fcgi
