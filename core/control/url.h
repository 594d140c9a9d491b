// What a webhook's url may be. Where it may lead is decided when it is dialled (dispatcher/address_policy.h).
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace choreo::control {

inline constexpr std::size_t kMaxUrlBytes = 2048;

// http or https, a host, no user info, no fragment, at most kMaxUrlBytes. Error invalid/bad_url, field "url".
Status check_url(const std::string& url);

}  // namespace choreo::control
