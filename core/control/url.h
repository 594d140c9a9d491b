// What a webhook's url may be. Where it may lead is decided when it is dialled (dispatcher/address_policy.h); how it is
// written then, and what it is compared by, stands in url_parts.h.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace choreo::control {

inline constexpr std::size_t kMaxUrlBytes = 2048;

// http or https, a host that a name or an address can be, no user info, no fragment, at most kMaxUrlBytes. Error
// invalid/bad_url, field "url".
Status check_url(const std::string& url);

}  // namespace choreo::control
