#include "streamer/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

#include "service/logging.h"
#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

constexpr int kAcceptsPerTurn = 64;

}  // namespace

Listener::Listener(int fd, std::vector<std::unique_ptr<Loop>>& loops, const StreamerOptions& options,
                   std::int64_t max_connections)
    : loops_(loops),
      user_timeout_ms_(static_cast<int>(options.write_deadline_secs * 1000)),
      max_connections_(max_connections),
      socket_(loops.front()->io(), fd),
      pause_timer_(loops.front()->io()) {}

void Listener::start() {
  loops_.front()->post([this] { wait(); });
}

void Listener::close() {
  loops_.front()->post([this] {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_timer_.cancel();
  });
}

void Listener::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (!error) accept_waiting();
  });
}

void Listener::accept_waiting() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    std::int64_t open = 0;
    for (const auto& loop : loops_) open += loop->connections();
    if (open >= max_connections_) return pause();
    const int number = accept_one();
    if (number == EAGAIN) return wait();
    if (number != 0) return pause();
  }
  wait();
}

int Listener::accept_one() {
  const int fd = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    const int number = errno;
    // The client gave up while it waited: not the end of the queue.
    if (number == ECONNABORTED || number == EINTR) return 0;
    if (const auto times = number == EAGAIN ? std::nullopt : loops_.front()->trouble().count())
      service::log_warning("cannot accept", {{"reason", std::system_category().message(number)}, {"times", *times}});
    return number;
  }
  prepare(fd);
  const auto fewest = std::min_element(
      loops_.begin(), loops_.end(), [](const auto& a, const auto& b) { return a->connections() < b->connections(); });
  (*fewest)->adopt(fd);
  return 0;
}

// Both fail without harm on a unix socket.
void Listener::prepare(int fd) const {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A client that vanished acknowledges nothing; heartbeats alone would fill the send buffer only after days.
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms_, sizeof user_timeout_ms_);
}

void Listener::pause() {
  pause_timer_.expires_after(std::chrono::milliseconds(kAcceptBackoffMs));
  pause_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) accept_waiting();
  });
}

}  // namespace choreo::streamer
