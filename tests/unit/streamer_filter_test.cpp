#include "streamer/filter.h"

#include <catch2/catch.hpp>

#include "streamer/limits.h"

using namespace choreo;
using namespace choreo::streamer;

namespace {

Filter make(const std::vector<std::pair<std::string, std::string>>& parameters) {
  Filter filter;
  for (const auto& [name, value] : parameters) REQUIRE(filter.add(name, value).ok());
  return filter;
}

const Facts kFacts{Operator::ALT, "places", {"a", "b"}, "t1"};

}  // namespace

TEST_CASE("an empty filter passes everything, also what cannot be read") {
  CHECK(Filter().empty());
  CHECK(Filter().matches(kFacts));
  CHECK(Filter().matches(Facts{}));
}

TEST_CASE("values of one kind are alternatives") {
  CHECK(make({{"op", "NUL,ALT"}}).matches(kFacts));
  CHECK(make({{"op", "NUL"}, {"op", "ALT"}}).matches(kFacts));
  CHECK_FALSE(make({{"op", "NUL,INS"}}).matches(kFacts));
  CHECK(make({{"table", "people"}, {"table", "places"}}).matches(kFacts));
  CHECK_FALSE(make({{"table", "people"}}).matches(kFacts));
  CHECK(make({{"entity", "b"}}).matches(kFacts));
  CHECK_FALSE(make({{"entity", "c"}}).matches(kFacts));
  CHECK(make({{"trace", "t1"}}).matches(kFacts));
  CHECK_FALSE(make({{"trace", "t2"}}).matches(kFacts));
}

TEST_CASE("kinds must all match") {
  CHECK(make({{"op", "ALT"}, {"table", "places"}, {"entity", "a"}, {"trace", "t1"}}).matches(kFacts));
  CHECK_FALSE(make({{"op", "ALT"}, {"table", "people"}}).matches(kFacts));
  CHECK_FALSE(make({{"table", "places"}, {"entity", "c"}}).matches(kFacts));
}

TEST_CASE("an operation that cannot be read passes no filter") {
  CHECK_FALSE(make({{"table", "_default"}}).matches(Facts{std::nullopt, "_default", {}, ""}));
}

TEST_CASE("bad values are refused by name, and leave the filter as it was") {
  Filter filter;
  for (const char* list : {"", "alt", "ALT,", ",ALT", "ALT,XXX", "ALT NUL"}) {
    const Status status = filter.add("op", list);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == "bad_operator");
    CHECK(status.error().field == "op");
  }
  for (const char* name : {"table", "entity", "trace"}) {
    const Status status = filter.add(name, "");
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().field == name);
    CHECK_FALSE(filter.add(name, std::string(513, 'x')).ok());
  }
  CHECK(filter.empty());
}

TEST_CASE("the number of values is limited") {
  Filter filter;
  for (std::size_t i = 0; i < kMaxFilterValues; ++i) REQUIRE(filter.add("entity", std::to_string(i)).ok());
  const Status status = filter.add("entity", "one more");
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().field == "entity");
}
