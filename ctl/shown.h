// How text of others is shown to people: it can do nothing to a terminal, and stays where it was put.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace choreo::ctl {

// The text with what a terminal would obey, or show in another order, as escapes of JSON: control characters (ESC, BEL,
// line breaks, U+0080 to U+009F …), those that turn the direction of writing, and the Unicode line separators. So JSON
// stays the same JSON. A byte that is no UTF-8 becomes \xHH.
std::string shown(std::string_view text);

// The same of a text of several lines, whose line breaks stay.
std::string shown_lines(std::string_view text);

}  // namespace choreo::ctl
