// JSON strings: between UTF-8 and their canonical text.
#pragma once

#include <string>
#include <string_view>

namespace choreo::json {

// Appends the canonical string for utf8, quotes included. REQUIRES: valid UTF-8.
void append_string(std::string& out, std::string_view utf8);
std::string quote(std::string_view utf8);

// The UTF-8 of a canonical string. `text` with its quotes for unquote, without them (Member::key) for unescape.
std::string unquote(std::string_view text);
std::string unescape(std::string_view inner);

// utf8 as Member::key would show it: escaped, no quotes.
std::string escape_key(std::string_view utf8);

// Whether the bytes are valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view bytes);

}  // namespace choreo::json
