// Listening unix sockets, made the same way by every process that has one.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo::service {

inline constexpr std::size_t kMaxUnixPathBytes = 107;

// A non-blocking listening socket for owner and group (nginx runs as the same user or in the same group). One left by a
// process that died is replaced; one that answers is an error. Error unavailable/listen with the path and the reason.
// Thread-safety: the process' umask is changed for a moment, so no other thread may be making files.
Result<int> listen_unix(const std::string& path, int backlog);

}  // namespace choreo::service
