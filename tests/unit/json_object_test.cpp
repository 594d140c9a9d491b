#include "json/object.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "json/unique.h"

namespace choreo::json {
namespace {

std::string object_of(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i) {
    if (i != 0) text += ',';
    text += "\"key" + std::to_string(i) + "\":" + std::to_string(i);
  }
  return text + "}";
}

TEST_CASE("an object keeps its members' order and texts") {
  for (const std::string_view text : {"{}", "{\"b\":1.10,\"a\":[{\"x\":null}],\"\":\"\\n\"}"}) {
    CHECK(Object::parse(text).text() == text);
  }
  CHECK(Object().text() == "{}");
  CHECK(Object().empty());
}

TEST_CASE("a repeated key keeps its first place and its last value") {
  CHECK(Object::parse("{\"a\":1,\"b\":2,\"a\":3}").text() == "{\"a\":3,\"b\":2}");
}

// 15 to 18 members: on both sides of where an index takes over from scanning.
TEST_CASE("setting, finding and erasing agree at every size") {
  for (const std::size_t size : {0, 1, 15, 16, 17, 18, 200}) {
    INFO(size);
    const std::string text = object_of(size);
    Object object = Object::parse(text);
    REQUIRE(object.members().size() == size);
    CHECK(object.find("absent") == nullptr);
    object.set("new", "true");
    object.set("new", "false");
    REQUIRE(object.find("new") != nullptr);
    CHECK(*object.find("new") == "false");
    object.erase("absent");
    CHECK(object.members().size() == size + 1);
    object.erase("new");
    CHECK(object.find("new") == nullptr);
    CHECK(object.text() == text);
    for (std::size_t i = 0; i < size; ++i) {
      const std::string key = "key" + std::to_string(i);
      REQUIRE(object.find(key) != nullptr);
      CHECK(*object.find(key) == std::to_string(i));
    }
    for (std::size_t i = 0; i < size; i += 2) object.erase("key" + std::to_string(i));
    CHECK(object.members().size() == size / 2);
    if (size >= 2) CHECK(*object.find("key1") == "1");
  }
}

TEST_CASE("owned members outlive what they were made from, also in a moved object") {
  Object object;
  for (int i = 0; i < 50; ++i) object.set_owned("k" + std::to_string(i), std::to_string(i));
  object.set_owned(std::string("k7"), std::string("\"a text too long for a small string's own buffer\""));
  Object moved = std::move(object);
  moved.set_owned(std::string("k8"), std::string("8.0"));
  CHECK(moved.members().size() == 50);
  CHECK(*moved.find("k7") == "\"a text too long for a small string's own buffer\"");
  CHECK(*moved.find("k8") == "8.0");
  CHECK(*moved.find("k49") == "49");
  Object assigned;
  assigned = std::move(moved);
  CHECK(*assigned.find("k0") == "0");
  CHECK(Object::parse(assigned.text()).text() == assigned.text());
}

TEST_CASE("an object is appended behind what is there") {
  std::string out = "[";
  Object::parse("{\"a\":1}").append_to(out);
  CHECK(out == "[{\"a\":1}");
}

// A quadratic look-up would take many seconds here.
TEST_CASE("a hundred thousand members are parsed, changed and checked for repetition") {
  constexpr std::size_t kMany = 100000;
  std::string text = object_of(kMany);
  CHECK_FALSE(repeated_key(text));
  Object object = Object::parse(text);
  CHECK(object.members().size() == kMany);
  for (std::size_t i = 0; i < kMany; i += 5) object.set(object.members()[i].key, "null");
  CHECK(*object.find("key5") == "null");
  CHECK(*object.find("key6") == "6");
  text.replace(text.size() - 1, 1, ",\"key50000\":1}");
  CHECK(repeated_key(text) == "key50000");
}

TEST_CASE("a repeated key is found at every size and never made up") {
  CHECK_FALSE(repeated_key("{}"));
  CHECK_FALSE(repeated_key("{\"a\":{\"b\":1,\"b\":2},\"b\":1}"));
  CHECK(repeated_key("{\"a\":1,\"a\":1}") == "a");
  for (const std::size_t size : {1, 2, 15, 16, 17, 40}) {
    std::string text = object_of(size);
    INFO(text);
    CHECK_FALSE(repeated_key(text));
    text.replace(text.size() - 1, 1, ",\"key0\":null}");
    CHECK(repeated_key(text) == "key0");
  }
}

}  // namespace
}  // namespace choreo::json
