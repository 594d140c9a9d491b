// Exact JSON without a DOM: a value is its canonical text.
//
// Canonical text is what RFC 8259 allows, minus everything that carries no meaning: no white space between tokens,
// strings in UTF-8 with only `"` `\` and control characters escaped (\b \f \n \r \t, else \u00xx). Numbers stay as they
// were sent
// (`1.10`, `1e2`, 40 digits), members stay in order, repeated keys inside values stay.
// So two keys or strings are equal exactly if their texts are, and everything above this layer works on string_views.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace choreo::json {

// Checks one whole document and returns its canonical text.
// Errors (kind invalid, position = byte offset): bad_json (RFC 8259), bad_utf8 (invalid UTF-8 or a lone surrogate in an
// escape), too_deep (more than max_depth arrays and objects inside one another).
Result<std::string> canonicalize(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

}  // namespace choreo::json
