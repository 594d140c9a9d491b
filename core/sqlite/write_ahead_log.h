// Moving what a write-ahead log holds into its database, for a file that should be whole by itself.
// Thread-safety: values; any thread and process.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace choreo::sqlite {

// Bytes of the log beside the database; 0 where there is none.
std::int64_t log_bytes(const std::string& path);

// Puts everything that is committed into the database, syncs it, and cuts the log to no bytes; it is never deleted.
// False: somebody reads or writes just now, for longer than wait_ms; then the log stays, and nothing is lost.
// REQUIRES: nobody gives the name to another database meanwhile.
Result<bool> empty_log(const std::string& path, int wait_ms);

}  // namespace choreo::sqlite
