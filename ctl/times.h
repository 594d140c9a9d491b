// Times of the registry as commands show them; 0 is never.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/timestamp.h"
#include "json/string.h"

namespace choreo::ctl {

inline std::string time_or(std::int64_t ms, const std::string& never) {
  return ms == 0 ? never : format_timestamp(ms);
}

inline std::string time_json(std::int64_t ms) {
  return ms == 0 ? "null" : json::quote(format_timestamp(ms));
}

}  // namespace choreo::ctl
