#include "json/scan.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

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
