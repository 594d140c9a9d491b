// What is a query, and its parts.
#include <catch2/catch.hpp>
#include <string>

#include "eoql/parser.h"
#include "support/eoql_text.h"

using namespace choreo;
using eoql::Scope;

namespace {

eoql::Query parsed(const std::string& text) {
  INFO(text);
  auto query = eoql::parse(text);
  if (!query.ok()) FAIL(query.error().message);
  return *std::move(query);
}

eoql::StateQuery state(const std::string& text) {
  return std::get<eoql::StateQuery>(parsed(text));
}

eoql::StreamQuery stream(const std::string& text) {
  return std::get<eoql::StreamQuery>(parsed(text));
}

struct Case {
  const char* text;
  const char* parts;  // as support/eoql_text.h writes them out
};

}  // namespace

TEST_CASE("a query is a table's name, state(), stream() or meta()") {
  const Case cases[] = {
      {"places", R"(state(context.table="places"))"},
      {" \t\n places \r\n", R"(state(context.table="places"))"},
      {"'my table'", R"(state(context.table="my table"))"},
      {"my-table.v2", R"(state(context.table="my-table.v2"))"},
      {"Straßen", R"(state(context.table="Straßen"))"},
      {"state", R"(state(context.table="state"))"},
      {"12", R"(state(context.table="12"))"},
      {"state()", "state()"},
      {"state ( )", "state()"},
      {"stream()", "stream(limit=100)"},
      {"meta(types)", R"(state(context.table="_types"))"},
      {"meta(rules)", R"(state(context.table="_rules"))"},
      {"meta ( fields )", R"(state(context.table="_fields"))"},
      {"meta('emergent')", R"(state(context.table="_emergent"))"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(test::text_of(parsed(c.text)) == c.parts);
  }
}

TEST_CASE("values are JSON values or words") {
  const Case cases[] = {
      {"state(a=1.50)", "state(target.a=1.50)"},
      {"state(a=-0)", "state(target.a=-0)"},
      {"state(a=1E2)", "state(target.a=1E2)"},
      {"state(a=1234567890123456789012345678901234567890)", "state(target.a=1234567890123456789012345678901234567890)"},
      {"state(a=\"1.50\")", R"(state(target.a="1.50"))"},
      {"state(a='')", R"(state(target.a=""))"},
      {"state(a=TRUE, b=False, c=true)", "state(target.a=true, target.b=false, target.c=true)"},
      {"state(a='true')", R"(state(target.a="true"))"},
      {"state(a=null, b=Null)", "state(target.a=null, target.b=null)"},
      {"state(a=open)", R"(state(target.a="open"))"},
      {"state(a=01, b=1., c=+1, d=.5, e=0x1, f=-)",
       R"(state(target.a="01", target.b="1.", target.c="+1", target.d=".5", target.e="0x1", target.f="-"))"},
      {"state(a=2026-02-15T16:22:01+01:00)", R"(state(target.a="2026-02-15T16:22:01+01:00"))"},
      {"state(a=x@example.org;/?\\:[]{}*)", R"(state(target.a="x@example.org;/?\\:[]{}*"))"},
      {"state(a=Zürich)", R"(state(target.a="Zürich"))"},
      {R"(state(a="it's", b='say "x"'))", R"(state(target.a="it's", target.b="say \"x\""))"},
      {R"(state(a="\" \' \\ \/ \b\f\n\r\t \u0041\u00e9\ud83d\uDE00"))",
       R"(state(target.a="\" ' \\ / \b\f\n\r\t Aé😀"))"},
      {"state(a=\"x\n\ty\")", R"(state(target.a="x\n\ty"))"},
      {R"(state(a="\u0000"))", R"(state(target.a="\u0000"))"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(test::text_of(parsed(c.text)) == c.parts);
  }
}

TEST_CASE("state's keys") {
  const Case cases[] = {
      {"state(context.table=places)", R"(state(context.table="places"))"},
      {"state(context.table=5)", R"(state(context.table="5"))"},
      {"state(target.a=1, a=1, id=x)", R"(state(target.a=1, target.a=1, target.id="x"))"},
      {"state(a!=1,b<2,c<=3,d>4,e>=5)", "state(target.a!=1, target.b<2, target.c<=3, target.d>4, target.e>=5)"},
      {"state( a\n>= \t1 )", "state(target.a>=1)"},
      {"state(a.b-c_d.9=1)", "state(target.a.b-c_d.9=1)"},
      {"state(größe=1)", R"(state("target.größe"=1))"},
      {"state(\"first name\"=x, 'target.a,b'=y)", R"(state("target.first name"="x", "target.a,b"="y"))"},
      {"state(target._x=1, target.limit=2)", "state(target._x=1, target.limit=2)"},
      {"state(op=1, op=2, after=3, hops=4, stance!=5)",
       "state(target.op=1, target.op=2, target.after=3, target.hops=4, target.stance!=5)"},
      {"state(frame.source=walk, frame.a.b!=1)", R"(state(frame.source="walk", frame.a.b!=1))"},
      {"state(_seg.boundary=north, _seg.boundary>a)", R"(state(_seg.boundary="north", _seg.boundary>"a"))"},
      {"state(_has_sup=True, _has_nul='false')", "state(_has_sup=true, _has_nul=false)"},
      {"state(_include_dead=true, _only_dead=FALSE)", "state(_include_dead=true, _only_dead=false)"},
      {"state(_ops.DES=0, _ops.CON>=3)", "state(_ops.DES=0, _ops.CON>=3)"},
      {"state(at_op=0)", "state(at_op=0)"},
      {"state(at_op=9223372036854775807)", "state(at_op=9223372036854775807)"},
      {"state(limit=1)", "state(limit=1)"},
      {"state(limit='10000')", "state(limit=10000)"},
      {"state(order=name)", R"(state(order="target.name"))"},
      {"state(order=-target.name)", R"(state(order="-target.name"))"},
      {"state(order='-first name')", R"(state(order="-target.first name"))"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(test::text_of(parsed(c.text)) == c.parts);
  }
}

TEST_CASE("times are kept as written and in milliseconds") {
  const eoql::StateQuery query = state("state(at=\"2026-02-15 17:22:01.5+01:00\")");
  CHECK(query.at == "2026-02-15 17:22:01.5+01:00");
  CHECK(query.at_ms == 1771172521500);
  CHECK(state("state(at=1970-01-02)").at_ms == 86400000);
  CHECK_FALSE(state("state()").at_ms);
  CHECK_FALSE(state("state(at='')").at_ms);
  CHECK_FALSE(state("state(at='')").at);
  const eoql::StreamQuery range = stream("stream(after=1970-01-01, before=\"1970-01-01T00:00:01Z\")");
  CHECK(range.after_ms == 0);
  CHECK(range.before_ms == 1000);
}

TEST_CASE("stream's keys") {
  const Case cases[] = {
      {"stream(op=ALT)", "stream(op=ALT, limit=100)"},
      {"stream(op!=ALT, op != 'INS')", "stream(op!=ALT, op!=INS, limit=100)"},
      {"stream(op=\"REC\", limit=7)", "stream(op=REC, limit=7)"},
      {"stream(after=2026-01-01)", "stream(after=2026-01-01T00:00:00.000Z, limit=100)"},
      {"stream(before='2026-01-01T00:00:00+02:00')", "stream(before=2025-12-31T22:00:00.000Z, limit=100)"},
      {"stream(context.table!=t, context.a.b=1)", R"(stream(limit=100, context.table!="t", context.a.b=1))"},
      {"stream(target.id=x, target.n>1)", R"(stream(limit=100, target.id="x", target.n>1))"},
      {"stream(frame.source=s, frame.source!=t)", R"(stream(limit=100, frame.source="s", frame.source!="t"))"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(test::text_of(parsed(c.text)) == c.parts);
  }
}

TEST_CASE("CON()'s keys") {
  const Case cases[] = {
      {"state()>>CON()", "state() >> CON(hops=1, min_coupling=0)"},
      {"state(a=1)\n  >> CON ( hops = 16 )", "state(target.a=1) >> CON(hops=16, min_coupling=0)"},
      {"state() >> CON(min_coupling=0.50)", "state() >> CON(hops=1, min_coupling=0.50)"},
      {"state() >> CON(min_coupling=1.0, hops='2')", "state() >> CON(hops=2, min_coupling=1.0)"},
      {"state() >> CON(min_coupling=1e-400000000000)", "state() >> CON(hops=1, min_coupling=1e-400000000000)"},
      {"state() >> CON(stance=essential, exclude='accidental')",
       "state() >> CON(hops=1, min_coupling=0, stance=essential, exclude=accidental)"},
      {"state() >> CON(hops=0)", "state() >> CON(hops=0, min_coupling=0)"},
      {"state() >> CON(stance=generative)", "state() >> CON(hops=1, min_coupling=0, stance=generative)"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(test::text_of(parsed(c.text)) == c.parts);
  }
}

TEST_CASE("each filter knows what it is held against, and where its value stands") {
  const eoql::StateQuery query =
      state("state(a=1, _seg.boundary=2, _has_sup=true, _has_nul=true, _ops.ALT=3, frame.x=4)");
  const Scope scopes[] = {Scope::target, Scope::segment, Scope::has_sup, Scope::has_nul, Scope::ops, Scope::frame};
  const char* names[] = {"a", "boundary", "", "", "ALT", "x"};
  const std::size_t positions[] = {8, 25, 37, 52, 67, 78};
  REQUIRE(query.filters.size() == std::size(scopes));
  for (std::size_t i = 0; i < std::size(scopes); ++i) {
    CHECK(query.filters[i].scope == scopes[i]);
    CHECK(query.filters[i].name == names[i]);
    CHECK(query.filters[i].value.position == positions[i]);
  }
}

TEST_CASE("a query may be as long as its limits") {
  std::string filters = "a0=0";
  for (std::size_t i = 1; i < eoql::kMaxParameters; ++i) filters += ",a" + std::to_string(i) + "=0";
  CHECK(state("state(" + filters + ")").filters.size() == eoql::kMaxParameters);
  CHECK(state("state(" + std::string(eoql::kMaxKeyBytes, 'k') + "=1)").filters.size() == 1);
  const std::string long_value = "state(a='" + std::string(eoql::kMaxQueryBytes - 11, 'x') + "')";
  REQUIRE(long_value.size() == eoql::kMaxQueryBytes);
  CHECK(state(long_value).filters[0].value.json.size() == eoql::kMaxQueryBytes - 11 + 2);
}
