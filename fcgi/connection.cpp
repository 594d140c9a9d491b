#include "fcgi/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace choreo::fcgi {
namespace {

bool wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  int ready;
  while ((ready = ::poll(&waiting, 1, kIoTimeoutMs)) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

}  // namespace

Connection::~Connection() {
  ::close(fd_);
}

void Connection::release() {
  reader_.next();
  busy_.store(false, std::memory_order_release);
}

ssize_t Connection::send_some(std::string_view bytes) {
  while (true) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return -1;
  }
}

bool Connection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send_some(bytes);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    if (!bytes.empty() && !wait_for(fd_, POLLOUT)) return false;
  }
  return true;
}

bool Connection::receive_more() {
  char buffer[64 * 1024];
  while (wait_for(fd_, POLLIN)) {
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) return reader_.take(std::string_view(buffer, static_cast<std::size_t>(n))).ok();
    if (n == 0 || (errno != EINTR && errno != EAGAIN)) return false;
  }
  return false;
}

std::optional<std::string_view> ConnectionInput::whole() const {
  if (!connection_.reader().complete() || used_ > 0) return std::nullopt;
  return connection_.reader().body();
}

std::size_t ConnectionInput::read(char* buffer, std::size_t size) {
  RequestReader& reader = connection_.reader();
  while (used_ == reader.body().size()) {
    reader.body().clear();
    used_ = 0;
    if (reader.complete() || !connection_.receive_more()) return 0;
  }
  const std::size_t n = std::min(size, reader.body().size() - used_);
  std::memcpy(buffer, reader.body().data() + used_, n);
  used_ += n;
  return n;
}

void ConnectionInput::read_rest() {
  RequestReader& reader = connection_.reader();
  while (!reader.complete()) {
    reader.body().clear();
    if (!connection_.receive_more()) return;
  }
}

}  // namespace choreo::fcgi
