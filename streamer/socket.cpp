#include "streamer/socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <memory>

#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kDiscardBytes = 4096;
constexpr int kDiscardReads = 16;  // before other connections have their turn

class Lingering : public std::enable_shared_from_this<Lingering> {
 public:
  Lingering(boost::asio::io_context& io, Socket socket) : socket_(std::move(socket)), timer_(io) {}

  void start() {
    socket_.shutdown_send();
    timer_.expires_after(std::chrono::milliseconds(kLingerMs));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code) {
      if (const auto self = weak.lock()) self->socket_.close();
    });
    wait();
  }

 private:
  void wait() {
    socket_.wait_readable([self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->discard();
    });
  }

  void discard() {
    std::array<char, kDiscardBytes> bytes;
    for (int i = 0; i < kDiscardReads; ++i) {
      const long read = socket_.receive(bytes.data(), bytes.size());
      if (read == Socket::kBroken) return;
      if (read == Socket::kWouldBlock) break;
    }
    wait();
  }

  Socket socket_;
  boost::asio::steady_timer timer_;
};

}  // namespace

Socket::Socket(boost::asio::io_context& io, int fd, Permit permit) : descriptor_(io), permit_(std::move(permit)) {
  boost::system::error_code error;
  descriptor_.assign(fd, error);
  // What follows finds a broken socket.
  if (error) ::close(fd);
}

long Socket::send(const iovec* pieces, std::size_t count) {
  msghdr message = {};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = count;
  while (true) {
    const ssize_t sent = ::sendmsg(descriptor_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return kWouldBlock;
    // ENOBUFS too: epoll would not tell when to try again.
    if (errno != EINTR) return kBroken;
  }
}

long Socket::receive(char* bytes, std::size_t size) {
  while (true) {
    const ssize_t read = ::recv(descriptor_.native_handle(), bytes, size, MSG_DONTWAIT);
    if (read > 0) return read;
    if (read == 0) return kBroken;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return kWouldBlock;
    if (errno != EINTR) return kBroken;
  }
}

void Socket::shutdown_send() {
  ::shutdown(descriptor_.native_handle(), SHUT_WR);
}

void Socket::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

void linger(boost::asio::io_context& io, Socket socket) {
  std::make_shared<Lingering>(io, std::move(socket))->start();
}

}  // namespace choreo::streamer
