// Connections of the load programs: "host:port" with a numeric IPv4 host, else the path of a Unix socket.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace choreo::bench {

inline void require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

inline int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, address.c_str(), sizeof name.sun_path - 1);
    const int unix_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(connect(unix_socket, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0, "connect");
    return unix_socket;
  }
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  require(inet_pton(AF_INET, address.substr(0, colon).c_str(), &name.sin_addr) == 1, "address");
  const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(connect(tcp, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0, "connect");
  const int on = 1;
  setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return tcp;
}

inline void send_all(int socket, const std::string& text) {
  require(send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()), "send");
}

inline std::string stream_request(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";
}

}  // namespace choreo::bench
