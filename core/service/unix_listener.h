// Listening unix sockets, made the same way by every process that has one, or handed over by whoever started it.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo::service {

inline constexpr std::size_t kMaxUnixPathBytes = 107;

// A non-blocking listening socket for owner and group (nginx runs as the same user or in the same group). One left by a
// process that died is replaced; one that answers is an error. Error unavailable/listen with the path and the reason.
// Thread-safety: the process' umask is changed for a moment, so no other thread may be making files.
Result<int> listen_unix(const std::string& path, int backlog);

// The first socket that systemd passes to this process (sd_listen_fds), or -1.
int passed_listener();

// A listening socket that another process made and holds as well, made non-blocking. Error unavailable/listen where the
// descriptor is none; what: who named it, for the sentence.
Result<int> adopt_listener(int fd, const std::string& what);

}  // namespace choreo::service
