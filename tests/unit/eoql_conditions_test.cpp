// Conditions without a query around them, as a webhook's `where` has them.
#include <catch2/catch.hpp>

#include "eoql/parser.h"

using namespace choreo;

TEST_CASE("conditions are those of stream(), without its other keys") {
  const auto conditions = eoql::parse_conditions(R"(target.a="x", context.table!=t,frame.n>=1.50)");
  REQUIRE(conditions.ok());
  REQUIRE(conditions->size() == 3);
  CHECK((*conditions)[0].scope == eoql::Scope::target);
  CHECK((*conditions)[0].value.json == "\"x\"");
  CHECK((*conditions)[1].scope == eoql::Scope::context);
  CHECK((*conditions)[1].comparison == eoql::Comparison::not_equal);
  CHECK((*conditions)[2].name == "n");
  CHECK((*conditions)[2].value.json == "1.50");
}

TEST_CASE("what is no condition is refused with its place") {
  struct Case {
    std::string text;
    std::size_t position;
  };
  const Case cases[] = {{"", 0},
                        {"a=1", 0},
                        {"op=INS", 0},
                        {"limit=1", 0},
                        {"target.a", 8},
                        {"target.a=1,", 11},
                        {"target.a=1)", 10},
                        {"target.=1", 0},
                        {"target.a=\"x", 9},
                        {"\xff", 0}};
  for (const Case& c : cases) {
    INFO(c.text);
    const auto conditions = eoql::parse_conditions(c.text);
    REQUIRE_FALSE(conditions.ok());
    CHECK(conditions.error().code == "bad_where");
    CHECK(conditions.error().field == "where");
    CHECK(conditions.error().position == c.position);
  }
}

TEST_CASE("at most a hundred conditions") {
  std::string text = "target.a=1";
  for (int n = 1; n < 100; ++n) text += ",target.a=1";
  CHECK(eoql::parse_conditions(text).ok());
  CHECK_FALSE(eoql::parse_conditions(text + ",target.a=1").ok());
}
