#include "json/scan.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "json/string.h"

namespace choreo::json {
namespace {

std::vector<std::pair<std::string, std::string>> all_members(std::string_view object) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Member& member : members(object)) out.emplace_back(member.key, member.value);
  return out;
}

std::vector<std::string> all_elements(std::string_view array) {
  std::vector<std::string> out;
  for (const std::string_view element : elements(array)) out.emplace_back(element);
  return out;
}

TEST_CASE("the kind of a value is its first character's") {
  CHECK(kind_of("{}") == Kind::object);
  CHECK(kind_of("[]") == Kind::array);
  CHECK(kind_of("\"\"") == Kind::string);
  CHECK(kind_of("-1") == Kind::number);
  CHECK(kind_of("0") == Kind::number);
  CHECK(kind_of("true") == Kind::boolean);
  CHECK(kind_of("false") == Kind::boolean);
  CHECK(kind_of("null") == Kind::null);
}

TEST_CASE("members come in order with their texts") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(all_members("{}").empty());
  CHECK(all_members("{\"a\":1}") == Pairs{{"a", "1"}});
  CHECK(all_members("{\"\":\"\",\"a\":{\"b\":[1,{}]},\"a\":[],\"c\":-1.5e3,\"d\":null}") ==
        Pairs{{"", "\"\""}, {"a", "{\"b\":[1,{}]}"}, {"a", "[]"}, {"c", "-1.5e3"}, {"d", "null"}});
}

TEST_CASE("brackets, commas and quotes inside strings do not end a value") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(all_members("{\"}\\\"\":\",]}\\\\\",\"x\":[\"\\\\\\\"]\"],\"y\":1}") ==
        Pairs{{"}\\\"", "\",]}\\\\\""}, {"x", "[\"\\\\\\\"]\"]"}, {"y", "1"}});
  CHECK(all_elements("[\"\\\\\",\"\\\\\\\\\",\"\\\"\"]") ==
        std::vector<std::string>{"\"\\\\\"", "\"\\\\\\\\\"", "\"\\\"\""});
}

TEST_CASE("elements come in order with their texts") {
  CHECK(all_elements("[]").empty());
  CHECK(all_elements("[1]") == std::vector<std::string>{"1"});
  CHECK(all_elements("[[],{},[[]],\"a,b\",true,1e5]") ==
        std::vector<std::string>{"[]", "{}", "[[]]", "\"a,b\"", "true", "1e5"});
}

TEST_CASE("a value is skipped to the byte after it") {
  const std::string_view text = "[12,\"a]\",{\"k\":[1]},null]";
  CHECK(skip_value(text, 0) == text.size());
  CHECK(skip_value(text, 1) == 3);
  CHECK(skip_value(text, 4) == 8);
  CHECK(skip_value(text, 9) == 18);
  CHECK(skip_value(text, 19) == 23);
  CHECK(skip_value("1.5", 0) == 3);
}

TEST_CASE("the last member of a name is found, and only at the top level") {
  const std::string_view object = "{\"a\":{\"b\":1},\"c\":2,\"c\":3,\"x\\ny\":4}";
  CHECK(find(object, "c") == "3");
  CHECK(find(object, "a") == "{\"b\":1}");
  CHECK(find(object, "x\\ny") == "4");
  CHECK_FALSE(find(object, "b"));
  CHECK_FALSE(find("{}", "a"));
}

}  // namespace
}  // namespace choreo::json

namespace json = choreo::json;

// Text that was never checked must not lead the reader out of it: each piece is an allocation of its own, so that the
// address sanitizer sees one byte too far.
TEST_CASE("faults_b7_reading_of_damaged_text_ends_inside_it") {
  const std::string whole = R"({"a":"b\\\"c","d":[1,{"e":"\u0001"}],"f":{"g":null},"h":"x"})";
  const auto read = [](const std::string& damaged) {
    const std::unique_ptr<char[]> bytes(new char[damaged.size()]);
    std::copy(damaged.begin(), damaged.end(), bytes.get());
    const std::string_view text(bytes.get(), damaged.size());
    std::size_t steps = 0;
    for (const json::Member& member : json::members(text)) {
      static_cast<void>(json::unescape(member.key));
      static_cast<void>(json::unquote(member.value));
      static_cast<void>(json::kind_of(member.value));
      ++steps;
    }
    for (const std::string_view element : json::elements(text)) {
      static_cast<void>(json::unquote(element));
      ++steps;
    }
    static_cast<void>(json::find(text, "h"));
    for (std::size_t at = 0; at <= text.size(); ++at) CHECK(json::skip_value(text, at) <= text.size());
    CHECK(steps <= 2 * text.size());
  };
  for (std::size_t size = 0; size <= whole.size(); ++size) read(whole.substr(0, size));
  for (std::size_t from = 0; from < whole.size(); ++from) {
    read(whole.substr(from));
    for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', 'x'}) {
      std::string changed = whole;
      changed[from] = c;
      read(changed);
      read(changed.substr(0, from + 1));
    }
  }
}
