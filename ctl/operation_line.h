// An operation as a line for people: "41  2026-…  ALT  orders/o17  {…}".
#pragma once

#include <string>
#include <string_view>

namespace choreo::ctl {

// REQUIRES: a canonical JSON object, as the server gives operations. What others chose is as shown.h has it.
std::string operation_line(std::string_view operation);

}  // namespace choreo::ctl
