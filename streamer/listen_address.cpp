#include "streamer/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "base/descriptor.h"
#include "service/unix_listener.h"
#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Error bad_listen() {
  return invalid("bad_listen", "The listening address must be unix:PATH or HOST:PORT.", "CHOREO_STREAMER_LISTEN");
}

Error listen_error(const std::string& address, const std::string& what, int number) {
  return make_error(ErrorKind::unavailable, "listen",
                    "Cannot listen on " + address + ": " + what + ": " + std::system_category().message(number) + ".");
}

Result<int> listen_tcp(const ListenAddress& address) {
  const std::string name = address.host + ":" + std::to_string(address.port);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0)
    return make_error(ErrorKind::unavailable, "listen",
                      "Cannot listen on " + name + ": " + ::gai_strerror(failed) + ".");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Descriptor fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return listen_error(name, "socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0) return listen_error(name, "bind", errno);
  if (::listen(fd.get(), kListenBacklog) != 0) return listen_error(name, "listen", errno);
  return fd.release();
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with(kUnixPrefix)) {
    address.unix_path = text.substr(kUnixPrefix.size());
    if (address.unix_path.empty() || address.unix_path.size() > service::kMaxUnixPathBytes) return bad_listen();
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad_listen();
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) return bad_listen();
  address.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) return bad_listen();
  return address;
}

Result<int> listen_on(const ListenAddress& address) {
  return address.unix_path.empty() ? listen_tcp(address) : service::listen_unix(address.unix_path, kListenBacklog);
}

std::string describe_listener(int fd, const ListenAddress& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  sockaddr_storage bound = {};
  socklen_t size = sizeof bound;
  char port[NI_MAXSERV] = "";
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0)
    ::getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, nullptr, 0, port, sizeof port, NI_NUMERICSERV);
  return address.host + ":" + port;
}

}  // namespace choreo::streamer
