// Text as messages show it, and the UTF-8 that both rest on.
// Invariant: what shortened() returns is valid UTF-8 of bounded length, whatever bytes it was given.
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace choreo {

inline constexpr std::size_t kShownBytes = 60;  // of a client's text in a sentence

// Bytes of the UTF-8 sequence (RFC 3629) that starts at `at`: 1 to 4, or 0 if it is not valid (overlong, a surrogate,
// above U+10FFFF, cut short). REQUIRES: at < bytes.size().
std::size_t utf8_sequence(std::string_view bytes, std::size_t at);

// The first max_bytes of the text in whole characters, then `mark` where something was left out. A byte that belongs to
// no valid sequence becomes U+FFFD. Every message that quotes text of any length and origin quotes it through this.
std::string shortened(std::string_view text, std::size_t max_bytes = kShownBytes, std::string_view mark = "…");

// The same as far as lengths go, as a view: at most max_bytes, cut between two characters. REQUIRES: valid UTF-8.
std::string_view cut_utf8(std::string_view utf8, std::size_t max_bytes);

}  // namespace choreo
