// Repeated keys: RFC 8259 leaves them open, the contract refuses them at the top level of an operation's objects.
#pragma once

#include <optional>
#include <string_view>

namespace choreo::json {

// A key that the object has twice (as Member::key), or nothing. REQUIRES: a canonical object. n log n steps for n
// members.
std::optional<std::string_view> repeated_key(std::string_view object);

}  // namespace choreo::json
