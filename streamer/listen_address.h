// CHOREO_STREAMER_LISTEN: `unix:PATH` or `HOST:PORT`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::streamer {

struct ListenAddress {
  std::string unix_path;   // "" for TCP
  std::string host;        // without the brackets of an IPv6 address
  std::uint16_t port = 0;  // 0: the kernel chooses
};

// Error invalid/bad_listen.
Result<ListenAddress> parse_listen_address(std::string_view text);

// A non-blocking listening socket. A unix socket left by a process that died is replaced; one that answers is an error.
// Errors unavailable/listen with the address and the reason.
Result<int> listen_on(const ListenAddress& address);

// "unix:PATH" or "HOST:PORT" with the port that was bound.
std::string describe_listener(int fd, const ListenAddress& address);

}  // namespace choreo::streamer
