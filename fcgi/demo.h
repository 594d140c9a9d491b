// The demo: a neighbourhood's places, people and events, told with all nine operators.
#pragma once

#include <string_view>

namespace choreo::fcgi {

inline constexpr const char* kDemoInstance = "demo";

// One operation a line, in the form of POST /instances/{slug}/seed.
std::string_view demo_operations();

}  // namespace choreo::fcgi
