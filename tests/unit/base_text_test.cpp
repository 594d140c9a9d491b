#include "base/text.h"

#include <catch2/catch.hpp>

#include "base/random.h"

using namespace choreo;

namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace

TEST_CASE("faults_c2_text_is_shortened_between_two_characters") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc…");
  CHECK(shortened("ééé", 6) == "ééé");
  CHECK(shortened("ééé", 5) == "éé…");
  CHECK(shortened("a😀", 4) == "a…");
  CHECK(shortened("a😀", 5) == "a😀");
  CHECK(shortened("", 0).empty());
  CHECK(shortened("long", 2, " [cut]") == "lo [cut]");
  CHECK(cut_utf8("ééé", 5) == "éé");
  CHECK(cut_utf8("ééé", 6) == "ééé");
}

TEST_CASE("faults_c2_bytes_that_are_no_UTF_8_are_replaced") {
  CHECK(shortened("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(shortened("\xC3") == "\xEF\xBF\xBD");
  CHECK(shortened("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  CHECK(shortened("\xE2\x82", 1) == "\xEF\xBF\xBD…");
}

TEST_CASE("faults_c2_whatever_is_shortened_is_UTF_8_of_bounded_length") {
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = system_random().hex(20);
    std::string text;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      text += static_cast<char>(std::stoi(bytes.substr(i, 2), nullptr, 16));
    const std::string shown = shortened(text, 11);
    CHECK(is_utf8(shown));
    CHECK(shown.size() <= 11 * 3 + 3);
  }
}
