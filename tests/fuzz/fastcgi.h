// What must hold for any bytes from a web server, however they are cut: they come through a socket pair, and libfcgi
// reads what the connection lets it read. Returns the property that did not hold, or "".
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "fcgi/server/connection.h"

namespace choreo::fuzz {

struct FastcgiOutcome {
  std::string seen;     // the first request, where it came whole
  bool broken = false;  // it was refused
  bool operator==(const FastcgiOutcome&) const = default;
};

inline std::string body_of(fcgi::server::Connection& connection) {
  std::string body;
  std::array<char, 100> some;
  while (const std::size_t n = connection.read(some.data(), some.size())) body.append(some.data(), n);
  return body;
}

// Sends the bytes in pieces of that size, up to the end of the first request.
inline FastcgiOutcome take_fastcgi(std::string_view bytes, std::size_t piece) {
  static const bool started = fcgi::server::start_library().ok();
  int ends[2];
  if (!started || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {"no socket pair", true};
  FastcgiOutcome outcome;
  {
    static std::array<char, 65536> buffer;
    fcgi::server::Connection connection(ends[0], false);
    while (!bytes.empty()) {
      const std::string_view some = bytes.substr(0, piece);
      bytes.remove_prefix(some.size());
      if (::send(ends[1], some.data(), some.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(some.size())) break;
      const auto received = connection.receive(buffer);
      if (!received.ok()) {
        outcome.broken = true;
        break;
      }
      if (*received == fcgi::server::Connection::Received::part) continue;
      if (*received == fcgi::server::Connection::Received::large) ::shutdown(ends[1], SHUT_WR);
      connection.set_busy(0);
      if (!connection.open()) return {"libfcgi refuses what was let through", false};
      outcome.seen.append(connection.parameter("REQUEST_METHOD")).append("|").append(body_of(connection));
      connection.set_answer({200, "Status: 200\r\n\r\n", "x", nullptr}, false);
      using Progress = fcgi::server::Connection::Progress;
      const Progress sent = connection.send(0);
      if (sent != Progress::done && sent != Progress::over) return {"the answer was not sent", false};
      break;
    }
  }
  ::close(ends[1]);
  return outcome;
}

inline std::string broken_fastcgi(std::string_view bytes) {
  bytes = bytes.substr(0, 16384);  // what the socket holds in single bytes as well
  const FastcgiOutcome each = take_fastcgi(bytes, 1);
  for (const std::size_t piece : {std::size_t{3}, std::size_t{8}, std::size_t{64}, std::size_t{16384}}) {
    const FastcgiOutcome other = take_fastcgi(bytes, piece);
    // In larger pieces what follows a request may come with it, which is refused.
    if (!other.broken && other != each) return "a request does not depend on how its bytes were cut";
  }
  return "";
}

}  // namespace choreo::fuzz
