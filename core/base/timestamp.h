// Timestamps as the log writes them: UTC, milliseconds, `2026-02-15T16:22:01.000Z`. Text order is time order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo {

// unix_ms: milliseconds since 1970-01-01Z, years 0000 to 9999 (clamped).
std::string format_timestamp(std::int64_t unix_ms);

// Accepts an ISO 8601 date (means 00:00Z) or date and time with optional seconds, fraction (finer than a millisecond is
// cut) and offset (`Z`, `+02:00`, `+0200`, `+02`; none means UTC; a space may stand for the T).
// Error invalid/bad_timestamp otherwise, and for a time that is outside the years 0000 to 9999 in UTC.
Result<std::int64_t> parse_timestamp(std::string_view text);

}  // namespace choreo
