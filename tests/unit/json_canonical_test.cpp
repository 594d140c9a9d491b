#include "json/canonical.h"

#include <catch2/catch.hpp>
#include <string>

namespace choreo::json {
namespace {

struct Refusal {
  const char* text;
  std::size_t position;
  const char* says;
};

TEST_CASE("a refusal names the byte and what was due there") {
  const Refusal refusals[] = {
      {"", 0, "a value is due, not the end of the text"},
      {"[1,]", 3, "a value is due, not ']'"},
      {"[1 2]", 3, "a comma or ']' is due, not '2'"},
      {"{\"a\":1 \"b\":2}", 7, "a comma or '}' is due, not '\"'"},
      {"{\"a\" 1}", 5, "a colon is due after a member's name, not '1'"},
      {"{a:1}", 1, "a member's name in double quotes is due, not 'a'"},
      {"{} x", 3, "the text goes on after its value with 'x'"},
      {"\xEF\xBB\xBF{}", 0, "a value is due, not byte 0xEF"},
      {"-", 1, "a digit is due in a number, not the end of the text"},
      {"[1.]", 3, "a digit is due in a number, not ']'"},
      {"01", 1, "a number has no leading zero, but after it is '1'"},
      {"nul", 3, "only true, false and null are words, but here is the end of the text"},
      {"\"a", 2, "a string is not closed before the end of the text"},
      {"\"a\nb\"", 2, "a control character in a string must be escaped, but here is byte 0x0A"},
      {"\"\\x\"", 2, "not a backslash and 'x'"},
      {"\"\\u00g1\"", 5, "\\u takes four hexadecimal digits, not 'g'"},
      {"[\"\\ud800\"]", 2, "half of a surrogate pair"},
      {"[\"ab\xFF\"]", 4, "not valid UTF-8"},
  };
  for (const Refusal& refusal : refusals) {
    INFO(refusal.text);
    const auto result = canonicalize(refusal.text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().position == refusal.position);
    CHECK_THAT(result.error().message, Catch::Contains(refusal.says));
  }
}

TEST_CASE("the depth limit is the caller's") {
  CHECK(canonicalize("1", 0).ok());
  CHECK_FALSE(canonicalize("[]", 0).ok());
  CHECK(canonicalize("[[]]", 2).ok());
  const auto deep = canonicalize("[{\"a\":[]}]", 2);
  REQUIRE_FALSE(deep.ok());
  CHECK(deep.error().code == "too_deep");
  CHECK(deep.error().position == 6);
  CHECK_THAT(deep.error().message, Catch::Contains("deeper than 2 levels"));
}

TEST_CASE("a depth limit beyond any stack is honoured without one") {
  constexpr std::size_t kDepth = 1000000;
  const std::string text = std::string(kDepth, '[') + std::string(kDepth, ']');
  const auto result = canonicalize(text, kDepth);
  REQUIRE(result.ok());
  CHECK(*result == text);
}

TEST_CASE("text before and after what changes is kept") {
  const auto result =
      canonicalize(" {\"plain\" : \"kept\",\"esc\":\"a\\/b\\u0041c\\u00e9d\", \"n\" : [ 1.10 , 2e+3 ] } ");
  REQUIRE(result.ok());
  CHECK(*result == "{\"plain\":\"kept\",\"esc\":\"a/bAc\u00e9d\",\"n\":[1.10,2e+3]}");
}

TEST_CASE("every byte of a word of plain text is looked at") {
  for (std::size_t place = 0; place < 24; ++place) {
    for (const char special : {'\x00', '\x1f', '\n'}) {
      std::string text = "\"" + std::string(24, 'x') + "\"";
      text[1 + place] = special;
      const auto result = canonicalize(text);
      REQUIRE_FALSE(result.ok());
      CHECK(result.error().position == 1 + place);
    }
    std::string cut = "\"" + std::string(24, 'x') + "\"";
    cut[1 + place] = '\xE9';
    CHECK(canonicalize(cut).error().code == "bad_utf8");
  }
}

}  // namespace
}  // namespace choreo::json
