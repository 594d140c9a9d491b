// Connections of the load programs, and as much of HTTP as they need. An address is "host:port" with a numeric IPv4
// host. Any trouble ends the program.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace choreo::bench {

inline void require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

inline int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  require(colon != std::string::npos, "the address has no port");
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

inline std::string receive(int socket) {
  std::array<char, 64 * 1024> buffer;
  const ssize_t size = recv(socket, buffer.data(), buffer.size(), 0);
  require(size > 0, "a connection ended");
  return {buffer.data(), static_cast<std::size_t>(size)};
}

inline std::string stream_request(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n";
}

inline std::string post_request(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Whether a 2xx answer with a length is there as a whole.
inline bool is_whole(const std::string& answer) {
  const std::size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const std::size_t length = answer.find("Content-Length: ");
  require(answer.compare(0, 10, "HTTP/1.1 2") == 0 && length < head, answer.c_str());
  return answer.size() >= head + 4 + std::stoul(answer.substr(length + 16));
}

}  // namespace choreo::bench
