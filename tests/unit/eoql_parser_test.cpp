#include <catch2/catch.hpp>

#include "base/random.h"
#include "eoql/parser.h"
#include "json/string.h"

using namespace choreo;
using eoql::Comparison;
using eoql::Scope;
using eoql::StateQuery;
using eoql::StreamQuery;

namespace {

StateQuery state(const std::string& text) {
  INFO(text);
  auto query = eoql::parse(text);
  if (!query.ok()) FAIL(query.error().message);
  return std::get<StateQuery>(*query);
}

StreamQuery stream(const std::string& text) {
  INFO(text);
  auto query = eoql::parse(text);
  if (!query.ok()) FAIL(query.error().message);
  return std::get<StreamQuery>(*query);
}

// A value as a query writes it, whatever it holds.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

const char* kValid[] = {
    "places",
    "'a table with spaces'",
    "state()",
    "state(context.table=\"places\", status=open)",
    "state( context.table = places ,\n\t target.n >= 1.50 , _ops.DES=0 )",
    "state(context.table=places, order=-n, limit=5) >> CON(hops=3, min_coupling=0.5, stance=essential)",
    "state(a!=null, b<3, c<='x', d>true)",
    "stream(op=ALT, after=2026-01-01, before=\"2026-02-01T00:00:00+02:00\", context.table=t, limit=7)",
    "meta(types)",
    "state(_seg.boundary='(,)=', frame.source=walk, _has_sup=True)",
};

}  // namespace

TEST_CASE("a bare name is a table, meta() its underscored one") {
  CHECK(state("places").table == "places");
  CHECK(state("\"my table\"").table == "my table");
  CHECK(state("meta(rules)").table == "_rules");
  CHECK_FALSE(state("state()").table);
}

TEST_CASE("values keep their kinds") {
  const StateQuery query =
      state("state(a=1.50, b=\"1.50\", c=TRUE, d=null, e=word, f='it\\'s \\u00e9', g=2026-01-02, h=-7)");
  const char* expected[] = {"1.50", "\"1.50\"", "true", "null", "\"word\"", "\"it's é\"", "\"2026-01-02\"", "-7"};
  REQUIRE(query.filters.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(query.filters[i].value.json == expected[i]);
}

TEST_CASE("keys name what they are held against") {
  const StateQuery query = state(
      "state(context.table=t, target.a=1, b!=2, _ops.CON>3, frame.source=s, _seg.boundary=x, _has_nul=true, "
      "_include_dead=true)");
  CHECK(query.table == "t");
  REQUIRE(query.filters.size() == 7);
  CHECK((query.filters[0].scope == Scope::target && query.filters[0].name == "a"));
  CHECK((query.filters[1].name == "b" && query.filters[1].comparison == Comparison::not_equal));
  CHECK((query.filters[2].scope == Scope::ops && query.filters[2].name == "CON" &&
         query.filters[2].comparison == Comparison::greater));
  CHECK((query.filters[3].scope == Scope::frame && query.filters[3].name == "source"));
  CHECK(query.filters[4].scope == Scope::segment);
  CHECK(query.filters[5].scope == Scope::has_nul);
  CHECK(query.filters[6].scope == Scope::include_dead);
}

TEST_CASE("at, order, limit and the chain") {
  const StateQuery query = state(
      "state(at=\"2026-02-15T16:22:01Z\", at_op=9, order=-target.n, limit=3) >> CON(hops=16, exclude=accidental)");
  CHECK(query.at == "2026-02-15T16:22:01Z");
  CHECK(query.at_ms == 1771172521000);
  CHECK(query.at_op == 9);
  CHECK((query.order == "n" && query.descending));
  CHECK(query.limit == 3);
  REQUIRE(query.chain);
  CHECK(query.chain->hops == 16);
  CHECK(query.chain->exclude == "accidental");
  CHECK(query.chain->min_coupling == "0");
}

TEST_CASE("stream's parameters") {
  const StreamQuery query = stream("stream(op=ALT, after=1970-01-01, context.table=t, target.a.b!=1)");
  CHECK(query.op == "ALT");
  CHECK(query.after_ms == 0);
  CHECK(query.limit == 100);
  REQUIRE(query.filters.size() == 2);
  CHECK((query.filters[1].scope == Scope::target && query.filters[1].name == "a.b"));
}

TEST_CASE("errors say where and what was expected") {
  struct Case {
    const char* text;
    std::size_t position;
    const char* says;
  };
  const Case cases[] = {
      {"", 0, "expected state"},
      {"state(", 6, "expected a key"},
      {"state(a", 7, "expected ="},
      {"state(a=", 8, "expected a value"},
      {"state(a=1", 9, "expected ',' or ')'"},
      {"state(a=1,)", 10, "expected a key"},
      {"state(a=\"x)", 8, "no closing"},
      {"state(a='\\q')", 9, "escapes"},
      {"state(a='\\ud800')", 9, "surrogate"},
      {"state(a=1) x", 11, "end of the query"},
      {"state(a=1) >> SYN()", 14, "expected CON"},
      {"state(limit=0)", 12, "1 to 10000"},
      {"state(limit=5, limit=6)", 15, "twice"},
      {"state(at>2026-01-01)", 6, "only '='"},
      {"state(at=yesterday)", 9, "date or time"},
      {"state(context.type=x)", 6, "context.table"},
      {"state(_ops.XXX=1)", 6, "NUL DES"},
      {"state(a=1) >> CON(hops=17)", 23, "1 to 16"},
      {"state(a=1) >> CON(min_coupling=2)", 31, "0 to 1"},
      {"state(a=1) >> CON(stance=x)", 25, "essential"},
      {"stream(op=alt)", 10, "one of NUL"},
      {"stream(name=x)", 7, "stream() knows"},
      {"meta(nothing)", 5, "types, rules"},
      {"tables(x=1)", 0, "expected state"},
      {"state(a!1)", 7, "'!'"},
      {"two words", 4, "end of the query"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto query = eoql::parse(c.text);
    REQUIRE_FALSE(query.ok());
    CHECK(query.error().kind == ErrorKind::invalid);
    CHECK(query.error().position == c.position);
    CHECK(query.error().message.find(c.says) != std::string::npos);
    INFO(query.error().message);
  }
}

TEST_CASE("any text comes back from between quotes") {
  SeededRandom random(7);
  const char* pieces[] = {")", "(",  ",",  "=", "\"", "'",    "\\",   ">>", "é",
                          "😀", "\n", "\t", " ", "a",  "null", "CON(", "%",  "\x01"};
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (int n = static_cast<int>(random.next_u64() % 12); n >= 0; --n)
      text += pieces[random.next_u64() % std::size(pieces)];
    const StateQuery query = state("state(x=" + quoted(text) + ", y=1)");
    REQUIRE(query.filters.size() == 2);
    CHECK(json::unquote(query.filters[0].value.json) == text);
  }
}

TEST_CASE("what is cut off or random is refused or read, never more") {
  for (const char* text : kValid) {
    REQUIRE(eoql::parse(text).ok());
    const std::string whole(text);
    for (std::size_t length = 0; length < whole.size(); ++length) (void)eoql::parse(whole.substr(0, length)).ok();
  }
  SeededRandom random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random.next_u64() % 40, ' ');
    for (char& c : bytes) c = static_cast<char>(random.next_u64());
    const auto query = eoql::parse("state(" + bytes);
    if (!query.ok()) CHECK(query.error().position);
  }
}
