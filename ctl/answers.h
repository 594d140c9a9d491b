// Taking apart the server's answers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::ctl {

// REQUIRES for all: canonical JSON (HttpClient::json).
// A member that the answer must have; an error that names it otherwise. Points into `object`.
Result<std::string_view> member(std::string_view object, std::string_view name);
// The same, of a member that is an array.
Result<std::string_view> array(std::string_view object, std::string_view name);
// An empty one where there is none.
std::string_view array_or_none(std::string_view object, std::string_view name);
// A member as text: a string's content, any other value as it stands; "" if there is none, or null.
std::string text_of(std::string_view object, std::string_view name);

}  // namespace choreo::ctl
