#include <catch2/catch.hpp>

#include <set>

#include "base/ids.h"

using namespace choreo;

TEST_CASE("a guid is a UUIDv7 that knows its operation and its time") {
  SeededRandom random(1);
  const std::string a = make_guid(1771172521000, 41, random);
  const std::string b = make_guid(1771172521001, 42, random);
  CHECK(normalize_uuid(a) == a);
  CHECK(a[14] == '7');
  CHECK((a[19] == '8' || a[19] == '9' || a[19] == 'a' || a[19] == 'b'));
  CHECK(guid_op_id(a) == 41);
  CHECK(guid_op_id(b) == 42);
  CHECK(a < b);
  CHECK(guid_op_id(make_guid(0, (1ll << 40) - 1, random)) == (1ll << 40) - 1);
  CHECK_FALSE(guid_op_id("00000000-0000-4000-8000-000000000001"));
  CHECK_FALSE(guid_op_id("not a guid"));
}

TEST_CASE("UUIDs are brought to lower case, other texts are none") {
  CHECK(normalize_uuid("0191E1A0-1234-4ABC-8DEF-0123456789AB") == "0191e1a0-1234-4abc-8def-0123456789ab");
  for (const char* text : {"", "0191e1a012344abc8def0123456789ab", "0191e1a0-1234-4abc-8def-0123456789ag",
                           "0191e1a0-1234-4abc-8def-0123456789ab0", "0191e1a01-234-4abc-8def-0123456789ab"})
    CHECK_FALSE(normalize_uuid(text));
}

TEST_CASE("slugs") {
  for (const char* slug : {"a", "0", "my-instance", "a_b-c9", "demo"}) CHECK(check_slug(slug).ok());
  CHECK(check_slug(std::string(63, 'a')).ok());
  for (const std::string& slug :
       {std::string(), std::string("-a"), std::string("_a"), std::string("A"), std::string("a.b"), std::string("a/b"),
        std::string(".."), std::string("é"), std::string(64, 'a')})
    CHECK(check_slug(slug).error().code == "bad_slug");
  for (const char* slug :
       {"instances", "ui", "docs", "health", "api", "metrics", "mcp", "capabilities", "openapi.json", "ws", "static"})
    CHECK(check_slug(slug).error().code == "reserved_slug");
}

TEST_CASE("random bytes do not repeat, in whatever portions they are taken") {
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) CHECK(seen.insert(system_random().hex(static_cast<std::size_t>(8 + i % 300))).second);
}
