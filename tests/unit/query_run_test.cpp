#include <catch2/catch.hpp>

#include "eoql/parser.h"
#include "json/string.h"
#include "query/result.h"
#include "support/instance.h"

using namespace choreo;

namespace {

std::string ask(test::Instance& x, const std::string& text, const query::ReplayProfile& profile = {}) {
  INFO(text);
  const auto parsed = eoql::parse(text);
  if (!parsed.ok()) FAIL(parsed.error().message);
  log::Reader reader = x.reader();
  auto answer = query::run(*parsed, profile, reader);
  if (!answer.ok()) FAIL(answer.error().message);
  return *answer;
}

// The ids of an answer's entities or operations, in their order.
std::string ids(const std::string& answer, std::string_view list = "entities") {
  std::string out;
  for (std::string_view member : json::elements(*json::find(answer, list))) {
    const std::string_view id = *json::find(member, "id");
    out += (json::is_string(id) ? json::unquote(id) : std::string(id)) + " ";
  }
  return out;
}

void fill(test::Instance& x) {
  x.post(
      R"({"op":"INS","target":{"id":"a","n":1,"s":"x) , \"q\" '","deep":{"k":[1]}},"context":{"table":"t"},"frame":{"source":"walk"}})");
  x.post(R"({"op":"INS","target":{"id":"b","n":2.50,"s":"y"},"context":{"table":"t"}})");
  x.post(R"({"op":"INS","target":{"id":"c","n":"2","s":null},"context":{"table":"t"}})");
  x.post(R"({"op":"INS","target":{"id":"d","n":10},"context":{"table":"t"}})");
  x.post(R"({"op":"NUL","target":{"id":"d"},"context":{"table":"t"}})");
  x.post(
      R"({"op":"SUP","target":{"id":"b","field":"s","variants":[{"source":"p","value":"y"},{"source":"q","value":"z"}]},"context":{"table":"t"}})");
  x.post(R"({"op":"NUL","target":{"entity_id":"a","field":"gone"},"context":{"table":"t"}})");
  x.post(R"({"op":"SEG","target":{"id":"a","boundary":"north"},"context":{"table":"t"}})");
  x.post(R"({"op":"INS","target":{"id":"a","elsewhere":true},"context":{"table":"u"}})");
}

}  // namespace

TEST_CASE("state filters by fields, whatever the string holds") {
  test::Instance x;
  fill(x);
  CHECK(ids(ask(x, "t")) == "a b c ");
  CHECK(ids(ask(x, R"(state(context.table="t"))")) == "a b c ");
  CHECK(ids(ask(x, R"(state(context.table="t", s="x) , \"q\" '"))")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, n=1.0)")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, n>=1, n<100)")) == "a b ");
  CHECK(ids(ask(x, "state(context.table=t, n=\"2\")")) == "c ");
  CHECK(ids(ask(x, "state(context.table=t, n!=1)")) == "b c ");
  CHECK(ids(ask(x, "state(context.table=t, target.s=z)")) == "b ");
  CHECK(ids(ask(x, "state(context.table=t, s=null)")) == "c ");
  CHECK(ids(ask(x, "state(context.table=t, gone=null)")) == "a b c ");
  CHECK(ids(ask(x, "state(context.table=t, deep.k=1)")) == "");
  CHECK(ids(ask(x, "state(context.table=t, id=b)")) == "b ");
  CHECK(ids(ask(x, "state(context.table=nothing)")) == "");
}

TEST_CASE("state filters by what happened to an entity") {
  test::Instance x;
  fill(x);
  CHECK(ids(ask(x, "state(context.table=t, _has_sup=true)")) == "b ");
  CHECK(ids(ask(x, "state(context.table=t, _has_nul=true)")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, _has_nul=false)")) == "b c ");
  CHECK(ids(ask(x, "state(context.table=t, _ops.SEG=1)")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, _ops.SUP=0)")) == "a c ");
  CHECK(ids(ask(x, "state(context.table=t, _seg.boundary=north)")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, frame.source=walk)")) == "a ");
  CHECK(ids(ask(x, "state(context.table=t, _include_dead=true)")) == "a b c d ");
  const std::string dead = ask(x, "state(context.table=t, _only_dead=true)");
  CHECK(ids(dead) == "d ");
  CHECK(dead.find(R"("_alive":false)") != std::string::npos);
}

TEST_CASE("state orders and limits") {
  test::Instance x;
  fill(x);
  CHECK(ids(ask(x, "state(context.table=t, order=n)")) == "a b c ");
  CHECK(ids(ask(x, "state(context.table=t, order=-n, limit=2)")) == "c b ");
  CHECK(ids(ask(x, "state(context.table=t, limit=1)")) == "a ");
}

TEST_CASE("an id without a table is looked for in all of them") {
  test::Instance x;
  fill(x);
  const std::string answer = ask(x, "state(target.id=a)");
  CHECK(answer.starts_with(R"({"type":"state","table":"_cross","count":2,)"));
  CHECK(answer.find(R"("_table":"t")") != std::string::npos);
  CHECK(answer.find(R"("_table":"u")") != std::string::npos);
}

TEST_CASE("the past is what the projection was") {
  test::Instance x;
  fill(x);
  CHECK(ids(ask(x, "state(context.table=t, at_op=2)")) == "a b ");
  CHECK(ids(ask(x, "state(context.table=t, at_op=4)")) == "a b c d ");
  CHECK(ids(ask(x, "state(context.table=t, at_op=5, _only_dead=true)")) == "d ");
  CHECK(ask(x, "state(context.table=t, at_op=1)").find(R"("n":1,)") != std::string::npos);
  CHECK(ids(ask(x, "state(context.table=t, at=2001-01-01)")) == "");
}

TEST_CASE("replay profiles collapse, suspend and unify") {
  test::Instance x;
  fill(x);
  query::ReplayProfile profile;
  profile.conflict = query::ReplayProfile::Conflict::collapse;
  const std::string collapsed = ask(x, "state(context.table=t, id=b)", profile);
  CHECK(collapsed.find(R"("s":"y")") != std::string::npos);
  CHECK(collapsed.find(R"("_collapsed":["s"])") != std::string::npos);
  profile.conflict = query::ReplayProfile::Conflict::suspend;
  CHECK(ask(x, "state(context.table=t, id=b)", profile).find(R"("_suspended":true)") != std::string::npos);
  profile.unified = true;
  CHECK(ids(ask(x, "state(context.table=t, _seg.boundary=north)", profile)) == "a b c ");
}

TEST_CASE("a variant may be a value by itself") {
  test::Instance x;
  x.post(R"({"op":"INS","target":{"id":"a"}})");
  x.post(R"({"op":"SUP","target":{"id":"a","field":"n","variants":[7,{"source":"s"},{"value":8}]}})");
  for (const char* text : {"state(n=7)", "state(n=8)", "state(n=null)", "state(n<8)"}) CHECK(ids(ask(x, text)) == "a ");
  CHECK(ids(ask(x, "state(n=9)")).empty());
  query::ReplayProfile collapse;
  collapse.conflict = query::ReplayProfile::Conflict::collapse;
  CHECK(ask(x, "state()", collapse).find(R"("n":7,)") != std::string::npos);
}

TEST_CASE("a chain follows edges both ways, each edge once") {
  test::Instance x;
  for (const char* id : {"a", "b", "c", "d"})
    x.post(std::string(R"({"op":"INS","target":{"id":")") + id + R"("},"context":{"table":"t"}})");
  x.post(R"({"op":"CON","target":{"source":"a","target":"b","coupling":0.90,"k":1}})");
  x.post(R"({"op":"CON","target":{"source":"c","target":"b","coupling":0.6}})");
  x.post(R"({"op":"CON","target":{"source":"c","target":"ghost","coupling":0.6}})");
  x.post(R"({"op":"CON","target":{"source":"ghost","target":"d","coupling":0.1}})");
  const std::string one = ask(x, "state(context.table=t, id=a) >> CON(hops=1)");
  CHECK(one.find(R"("con_chain":{"hops":1,"min_coupling":0,"reached":[{"id":"b","table":"t")") != std::string::npos);
  CHECK(
      one.find(
          R"("edges":[{"source":"a","target":"b","stance":"essential","coupling":0.90,"data":{"k":1}}],"reached_count":1})") !=
      std::string::npos);
  CHECK(ask(x, "state(context.table=t, id=a) >> CON(hops=9)").find(R"("reached_count":3)") != std::string::npos);
  CHECK(ask(x, "state(context.table=t, id=a) >> CON(hops=9, min_coupling=0.5)").find(R"("reached_count":2)") !=
        std::string::npos);
  CHECK(ask(x, "state(context.table=t, id=b) >> CON(stance=generative)").find(R"("reached_count":1)") !=
        std::string::npos);
  CHECK(ask(x, "state(context.table=t, id=b) >> CON(exclude=generative)").find(R"("reached_count":1)") !=
        std::string::npos);
}

TEST_CASE("stream gives the newest first, filters before the limit") {
  test::Instance x;
  fill(x);
  const auto answer = ask(x, "stream(op=INS, limit=2)");
  CHECK(answer.starts_with(R"({"type":"stream","count":2,"operations":[{"id":9,)"));
  CHECK(ask(x, "stream(target.id=b)").find(R"("count":2)") != std::string::npos);
  x.post(R"({"op":"INS","target":{"id":5}})");
  CHECK(ask(x, "stream(target.id=5)").find(R"("count":1)") != std::string::npos);
  CHECK(ask(x, "stream(context.table=u)").find(R"("count":1)") != std::string::npos);
  CHECK(ask(x, "stream(frame.source=walk)").find(R"("count":1)") != std::string::npos);
  CHECK(ask(x, "stream(after=2001-01-01)").find(R"("count":10)") != std::string::npos);
  CHECK(ask(x, "stream(before=2001-01-01)").find(R"("count":0)") != std::string::npos);
}

TEST_CASE("stream looks past its indexes where a name is a plain field") {
  test::Instance x;
  const std::string longer(600, 's');
  x.post(R"({"op":"INS","target":{"id":"a","source":7.0}})");
  x.post(R"({"op":"INS","target":{"id":"b","source":")" + longer + R"("}})");
  x.post(R"({"op":"INS","target":{"id":"c","source":"plain"},"context":{"table":"_default"}})");
  CHECK(ids(ask(x, "stream(target.source=7)"), "operations") == "1 ");
  CHECK(ids(ask(x, "stream(target.source=\"" + longer + "\")"), "operations") == "2 ");
  CHECK(ids(ask(x, "stream(target.source>=1)"), "operations") == "1 ");  // no text is greater than a number
  CHECK(ids(ask(x, "stream(context.table=_default)"), "operations") == "3 2 1 ");
}
