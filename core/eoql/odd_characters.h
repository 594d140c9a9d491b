// Characters that look like white space, quotes or punctuation of the language and are not: copied from a document,
// they would silently become part of a name or a value. They may stand between quotes. Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace choreo::eoql {

struct OddCharacter {
  std::size_t offset = 0;     // in the text
  std::string name;           // "U+00A0 (no-break space)"
  std::string_view in_place;  // what is meant, e.g. "a plain space"
};

// The first in the text, if there is one. REQUIRES: valid UTF-8.
std::optional<OddCharacter> find_odd_character(std::string_view text);

}  // namespace choreo::eoql
