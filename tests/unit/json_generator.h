// Random JSON for property tests: every construct the grammar allows, repeatable from its seed.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace choreo::json {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  // A number below n. REQUIRES: n > 0.
  std::uint64_t below(std::uint64_t n) { return random_.next_u64() % n; }

  // A document, spaced and escaped at will, of at most `depth` nested containers.
  std::string value(int depth) {
    const std::uint64_t choice = below(depth > 0 ? 9 : 6);
    if (choice < 2) return string();
    if (choice < 4) return number();
    if (choice == 4) return "null";
    if (choice == 5) return below(2) == 0 ? "true" : "false";
    return container(choice == 6 ? '[' : '{', depth - 1);
  }

  std::string object(int depth) { return container('{', depth - 1); }

  std::string number() {
    std::string out = below(3) == 0 ? "-" : "";
    out += below(4) == 0 ? "0" : std::to_string(1 + below(9)) + digits(below(25));
    if (below(3) == 0) out += "." + digits(1 + below(12));
    if (below(3) == 0) {
      constexpr const char* kMarks[] = {"e", "E", "e+", "E-"};
      out += kMarks[below(4)] + digits(1 + below(4));
    }
    return out;
  }

  std::string digits(std::uint64_t count) {
    std::string out;
    while (out.size() < count) out += static_cast<char>('0' + below(10));
    return out;
  }

  std::string string() {
    constexpr const char* kPieces[] = {"a",
                                       "Z9",
                                       "key",
                                       " ",
                                       "é",
                                       "鍵",
                                       "😀",
                                       "\x7f",
                                       "/",
                                       "\\/",
                                       "\\\"",
                                       "\\\\",
                                       "\\b",
                                       "\\f",
                                       "\\n",
                                       "\\r",
                                       "\\t",
                                       "\\u0000",
                                       "\\u001F",
                                       "\\u0041",
                                       "\\u00e9",
                                       "\\uD83D\\uDE00",
                                       "\\u0022",
                                       "\\u005c",
                                       "{",
                                       "]",
                                       "plain text of some length"};
    std::string out = "\"";
    for (std::uint64_t n = below(6); n > 0; --n) out += kPieces[below(std::size(kPieces))];
    return out + "\"";
  }

 private:
  std::string container(char open, int depth) {
    std::string out(1, open);
    for (std::uint64_t n = below(5), i = 0; i < n; ++i) {
      if (i != 0) out += ",";
      if (open == '{') out += space() + string() + space() + ":";
      out += space() + value(depth) + space();
    }
    return out + space() + (open == '{' ? "}" : "]");
  }

  std::string space() {
    constexpr const char* kSpaces[] = {"", "", "", " ", "\n", "\t\r", "  "};
    return kSpaces[below(std::size(kSpaces))];
  }

  SeededRandom random_;
};

}  // namespace choreo::json
