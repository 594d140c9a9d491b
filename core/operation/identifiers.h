// What may stand as an entity id and as a table name (SPEC 2), and how both are shown in an error's sentence.
// Internal to operation/. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo {

// Whether a canonical value is an integer as an id may be one: digits with an optional minus, no fraction, no exponent,
// not -0.
bool is_integer_text(std::string_view value);

// The UTF-8 of a canonical string or the text of an integer. REQUIRES: the value is one of the two.
std::string text_of_id(std::string_view value);

// `name` is the member that holds it. Errors: bad_id.
Status check_id(std::string_view utf8, std::string_view name);
// Errors: bad_table.
Status check_table_name(std::string_view utf8);

// In double quotes, cut where it is long.
std::string shown(std::string_view utf8);
// "an object", "a string", "null" …
std::string_view kind_shown(std::string_view value);

}  // namespace choreo
