#include "json/string.h"

#include <catch2/catch.hpp>
#include <string>

#include "json/canonical.h"

namespace choreo::json {
namespace {

TEST_CASE("quoting escapes only what must be escaped") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("plain é 😀 /") == "\"plain é 😀 /\"");
  CHECK(quote("\"\\\b\f\n\r\t") == "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
  CHECK(quote(std::string("\0\x1f\x7f", 3)) == "\"\\u0000\\u001f\x7f\"");
}

TEST_CASE("every single byte and pair below 0x80 comes back from its quoted form") {
  for (int a = 0; a < 0x80; ++a) {
    for (int b = 0; b < 0x80; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      const std::string quoted = quote(text);
      REQUIRE(unquote(quoted) == text);
      const auto canonical = canonicalize(quoted);
      REQUIRE(canonical.ok());
      REQUIRE(*canonical == quoted);
    }
  }
}

TEST_CASE("a key is a quoted string without its quotes") {
  CHECK(escape_key("name") == "name");
  CHECK(escape_key("a\"b\n") == "a\\\"b\\n");
  CHECK(unescape("a\\\"b\\n\\u0001\\\\u0041") == "a\"b\n\x01\\u0041");
}

TEST_CASE("text is appended behind what is there") {
  std::string out = "[";
  append_string(out, "a");
  out += ',';
  append_string(out, "\n");
  CHECK(out == "[\"a\",\"\\n\"");
}

TEST_CASE("UTF-8 is judged at every boundary") {
  for (const char* good : {"", "a", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                           "12345678\xC3\xA9"
                           "12345678"}) {
    INFO(good);
    CHECK(is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x7F", "\xC2\xC0", "\xE0\x9F\xBF",
                          "\xE0\xA0", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF4\x90\x80\x80",
                          "\xF5\x80\x80\x80", "\xFE", "\xFF", "12345678\xC3"}) {
    CHECK_FALSE(is_utf8(bad));
  }
  CHECK(is_utf8(std::string_view("\"\\\n\0", 4)));
}

}  // namespace
}  // namespace choreo::json
