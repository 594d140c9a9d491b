// Numbers compared by value while their text stays as it was sent: exact at any length, no floating point.
#pragma once

#include <compare>
#include <string_view>

namespace choreo::json {

// REQUIRES: both are JSON numbers. 1 equals 1.0 and 10e-1; -0 equals 0.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b);

// JSON equality of canonical values: numbers by value, objects whatever their order, true is not 1.
bool equal(std::string_view a, std::string_view b);

}  // namespace choreo::json
