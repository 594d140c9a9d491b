// What canonical.cpp and string.cpp share: making UTF-8, and single escapes.
// Internal to json/. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace choreo::json {

// REQUIRES: code_point is a Unicode scalar value.
void append_utf8(std::string& out, std::uint32_t code_point);

// Appends the canonical escape of `"`, `\` or a control character below U+0020.
void append_escape(std::string& out, char c);

// The offset, from `at` on, of the first byte that ends a run of plain string text: `"`, `\`, a control character below
// U+0020 or a byte outside ASCII; bytes.size() if there is none.
std::size_t skip_plain(std::string_view bytes, std::size_t at);

}  // namespace choreo::json
