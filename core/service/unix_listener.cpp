#include "service/unix_listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace choreo::service {
namespace {

static_assert(kMaxUnixPathBytes == sizeof(sockaddr_un::sun_path) - 1);
constexpr mode_t kSocketUmask = 0117;

Error listen_error(const std::string& path, const std::string& what, int number) {
  return make_error(
      ErrorKind::unavailable, "listen",
      "Cannot listen on unix:" + path + ": " + what + ": " + std::system_category().message(number) + ".");
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kMaxUnixPathBytes);
  return address;
}

int unix_socket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

bool answers(const sockaddr_un& address) {
  const int probe = unix_socket();
  if (probe < 0) return true;
  // EAGAIN: the backlog of a living listener is full.
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
  ::close(probe);
  return answered;
}

// What is no socket is somebody's file, named by mistake.
bool is_left_behind(const std::string& path, const sockaddr_un& address) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode) && !answers(address);
}

// 0 or an error number.
int bind_unix(int fd, const sockaddr_un& address) {
  const mode_t before = ::umask(kSocketUmask);
  const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int number = errno;
  ::umask(before);
  return bound == 0 ? 0 : number;
}

Status bind_and_listen(int fd, const std::string& path, int backlog) {
  const sockaddr_un address = unix_address(path);
  int number = bind_unix(fd, address);
  if (number == EADDRINUSE && is_left_behind(path, address)) {
    ::unlink(path.c_str());
    number = bind_unix(fd, address);
  }
  if (number != 0) return listen_error(path, "bind", number);
  if (::listen(fd, backlog) != 0) return listen_error(path, "listen", errno);
  return {};
}

}  // namespace

Result<int> listen_unix(const std::string& path, int backlog) {
  if (path.size() > kMaxUnixPathBytes) return listen_error(path, "bind", ENAMETOOLONG);
  const int fd = unix_socket();
  if (fd < 0) return listen_error(path, "socket", errno);
  Status listening = bind_and_listen(fd, path, backlog);
  if (listening.ok()) return fd;
  ::close(fd);
  return std::move(listening).error();
}

int passed_listener() {
  return ::sd_listen_fds(0) > 0 ? SD_LISTEN_FDS_START : -1;
}

Result<int> adopt_listener(int fd, const std::string& what) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening)
    return make_error(ErrorKind::unavailable, "listen",
                      "descriptor " + std::to_string(fd) + " (" + what + ") is not a listening socket");
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

}  // namespace choreo::service
