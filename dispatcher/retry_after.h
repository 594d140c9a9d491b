// The header Retry-After of RFC 9110: seconds, or a date in one of its three forms.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace choreo::dispatcher {

// How long to wait from now on, at most kMaxRetryAfterMs. 0: nothing, a date that is past, or what is neither form.
std::int64_t retry_after_ms(std::string_view value, std::int64_t now_ms);

}  // namespace choreo::dispatcher
