// One connection's descriptor: tries at once, waits for readiness only when the kernel says so.
// Thread-safety: none; used on its loop only. Ownership: closes the descriptor and gives its permit back.
#pragma once

#include <sys/uio.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>

#include "base/permit.h"

namespace choreo::streamer {

class Socket {
 public:
  static constexpr long kBroken = -1;
  static constexpr long kWouldBlock = 0;

  // fd: connected, non-blocking.
  Socket(boost::asio::io_context& io, int fd, Permit permit);
  Socket(Socket&&) = default;

  // Bytes taken, kWouldBlock or kBroken.
  long send(const iovec* pieces, std::size_t count);
  // Bytes read, kWouldBlock, or kBroken, also at the end of what the peer sends.
  long receive(char* bytes, std::size_t size);
  // The peer reads the end of the stream after what was sent.
  void shutdown_send();
  void close();

  // handler(error_code) once the socket is ready or closed.
  template <class Handler>
  void wait_readable(Handler handler) {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::move(handler));
  }
  template <class Handler>
  void wait_writable(Handler handler) {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write, std::move(handler));
  }

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  Permit permit_;
};

// Ends a connection without losing what was sent: a close with unread bytes would reset it. Waits for the peer's end,
// at most kLingerMs.
void linger(boost::asio::io_context& io, Socket socket);

}  // namespace choreo::streamer
