#include <catch2/catch.hpp>

#include "append/emergence_scan.h"
#include "append/rule_template.h"
#include "json/canonical.h"
#include "support/instance.h"

using namespace choreo;

namespace {

Operation trigger() {
  Operation operation;
  operation.id = 9;
  operation.target = R"({"id":"p1","n":1.50,"deep":{"a":{"b":[1]}},"a.b":"dotted","nil":null,"q":"say \"hi\""})";
  operation.context = R"({"table":"places"})";
  operation.frame = R"({"source":"walk"})";
  return operation;
}

}  // namespace

TEST_CASE("a whole placeholder keeps the value's type, a part becomes text") {
  using append::fill_template;
  const auto of = [](const std::string& text) {
    const auto filled = fill_template(json::canonicalize(text).value(), trigger());
    return filled.ok() ? *filled : filled.error().code;
  };
  CHECK(of(R"("{trigger.target.n}")") == "1.50");
  CHECK(of(R"("n is {trigger.target.n}")") == R"("n is 1.50")");
  CHECK(of(R"({"id":"{trigger.target.id}","x":["{trigger.target.deep}"]})") == R"({"id":"p1","x":[{"a":{"b":[1]}}]})");
  CHECK(of(R"("{trigger.target.deep.a.b}")") == "[1]");
  CHECK(of(R"("{trigger.target.a.b}")") == R"("dotted")");
  CHECK(of(R"("{trigger.context.table}/{trigger.frame.source}")") == R"("places/walk")");
  CHECK(of(R"("{trigger.target.q}!")") == R"("say \"hi\"!")");
  CHECK(of(R"("as text {trigger.target.deep}")") == R"("as text {\"a\":{\"b\":[1]}}")");
  CHECK(of(R"("{trigger.target.nil}")") == "null");
  CHECK(of(R"("{trigger.target.none}")") == "unresolved_placeholder");
  CHECK(of(R"("{other}")") == "unresolved_placeholder");
  CHECK(of(R"("{} and { open")") == R"("{} and { open")");
  CHECK(of(R"("{}{trigger.target.n}{}")") == R"("{}1.50{}")");
  CHECK(of(R"("{trigger.n}")") == "1.50");  // as in a trigger's match, a bare path is one of the target
  CHECK(of(R"("{trigger.a.b}")") == R"("dotted")");
  CHECK(of(R"("{trigger.source}")") == "unresolved_placeholder");
}

TEST_CASE("a rule's paths may hold quotes and backslashes") {
  test::Instance x;
  x.post(R"({"op":"REC","target":{"id":"r","trigger":{"match":{"target.q\"\\":1}},"action":{"op":"INS",)"
         R"("target_template":{"id":"made","v":"{trigger.target.q\"\\}"}}},"context":{"type":"feedback_rule"}})");
  CHECK(x.post(R"({"op":"INS","target":{"id":"a","q\"\\":1.0}})").generated_count == 1);
  CHECK(x.data("_default", "made").find(R"("v":1.0)") != std::string::npos);
}

TEST_CASE("each row of a snapshot is matched with what the rows and rules before it left") {
  test::Instance x;
  for (const char* fields : {R"("id":"e1","sku":"A")", R"("id":"e2","sku":"A")", R"("id":"e3","sku":"C")"})
    x.post(std::string(R"({"op":"INS","target":{)") + fields + R"(},"context":{"table":"t"}})");
  const auto rows = [&](const std::string& list) {
    return x.post(R"({"op":"REC","target":{"rows":[)" + list +
                  R"(]},"context":{"type":"snapshot_ingest","table":"t"},"frame":{"match_on":"sku"}})");
  };

  rows(R"({"sku":"e1"},{"sku":"A","n":1})");  // the first takes A away from e1, so that e2 is the lowest with it
  CHECK(x.data("t", "e2").find(R"("n":1)") != std::string::npos);
  CHECK(x.data("t", "e1").find(R"("n":1)") == std::string::npos);

  x.post(R"({"op":"REC","target":{"id":"r","trigger":{"op":"INS","match":{"context.table":"t"}},"action":{"op":"ALT",)"
         R"("target_template":{"id":"e3","sku":"B"},"context":{"table":"t"}}},"context":{"type":"feedback_rule"}})");
  rows(R"({"sku":"new"},{"sku":"B","n":2})");  // the rule gave e3 what the second row asks for
  CHECK(x.data("t", "e3").find(R"("n":2)") != std::string::npos);
}

TEST_CASE("a rule fires on what clients and snapshots append, never on what rules do") {
  test::Instance x;
  x.post(R"({"op":"REC","target":{"id":"r1","trigger":{"op":"DES","match":{"target.flag":"absent_from_snapshot"}},)"
         R"("action":{"op":"ALT","target_template":{"id":"{trigger.target.id}","status":"investigate"},)"
         R"("context":{"table":"{trigger.context.table}"}}},"context":{"type":"feedback_rule"}})");
  x.post(R"({"op":"REC","target":{"id":"r2","trigger":{"op":"ALT","match":{"status":"investigate"}},)"
         R"("action":{"op":"DES","target_template":{"id":"x"}}},"context":{"type":"feedback_rule"}})");
  x.post(R"({"op":"INS","target":{"id":"p1","name":"A"},"context":{"table":"t"}})");
  const auto answer =
      x.post(R"({"op":"REC","target":{"rows":[{"id":"p2"}]},"context":{"type":"snapshot_ingest","table":"t"},)"
             R"("frame":{"absence_means":"investigate"}})");
  REQUIRE(answer.generated_count == 3);  // INS p2, DES p1, and the rule's ALT
  CHECK(x.operation(7).target == R"({"id":"p1","status":"investigate"})");
  CHECK(x.operation(7).context == R"({"table":"t","generated_by_rule":"r1","generated_by":6})");
  CHECK(x.head() == 7);
  CHECK(x.data("t", "p1").find(R"("status":"investigate")") != std::string::npos);
}

TEST_CASE("what is absent matches null, and an empty trigger nothing") {
  test::Instance x;
  x.post(R"({"op":"REC","target":{"id":"r1","trigger":{"match":{"target.closed":null,"frame.by.whom":null}},)"
         R"("action":{"op":"DES","target_template":{"id":"a","open":true}}},"context":{"type":"feedback_rule"}})");
  x.post(R"({"op":"REC","target":{"id":"r2","trigger":{},)"
         R"("action":{"op":"DES","target_template":{"id":"never"}}},"context":{"type":"feedback_rule"}})");
  const auto head = x.head();
  CHECK(x.post(R"({"op":"INS","target":{"id":"a"}})").generated_count == 1);
  CHECK(x.operation(head + 2).target == R"({"id":"a","open":true})");
  CHECK(x.post(R"({"op":"INS","target":{"id":"a","closed":null}})").generated_count == 1);
  CHECK(x.post(R"({"op":"INS","target":{"id":"a","closed":false}})").generated_count == 0);
  CHECK(x.post(R"({"op":"INS","target":{"id":"a"},"frame":{"by":{"whom":"b"}}})").generated_count == 0);
}

TEST_CASE("a placeholder that resolves to nothing is reported and generates nothing") {
  test::Instance x;
  x.post(
      R"({"op":"REC","target":{"id":"r1","trigger":{"op":"INS"},)"
      R"("action":{"op":"DES","target_template":{"id":"{trigger.target.missing}"}}},"context":{"type":"feedback_rule"}})");
  const auto answer = x.post(R"({"op":"INS","target":{"id":"a"}})");
  CHECK(answer.generated_count == 0);
  REQUIRE(answer.extra_members.size() == 1);
  CHECK(answer.extra_members[0] ==
        R"("rule_errors":[{"rule":"r1","error":"the placeholder {trigger.target.missing} resolves to nothing"}])");
  x.post(R"({"op":"NUL","target":{"id":"r1"},"context":{"table":"_rules"}})");
  CHECK(x.post(R"({"op":"INS","target":{"id":"b"}})").extra_members.empty());
}

TEST_CASE("an emergence scan stores each new cluster once") {
  test::Instance x;
  for (const char* edge :
       {R"("source":"b","target":"a","coupling":0.9)", R"("source":"b","target":"c","coupling":0.9)",
        R"("source":"d","target":"e","coupling":0.9)", R"("source":"c","target":"d","coupling":0.1)"})
    x.post(std::string(R"({"op":"CON","target":{)") + edge + "}}");
  const std::string scan =
      R"({"op":"REC","target":{"min_internal_coupling":0.5},"context":{"type":"emergence_scan"},"frame":{"reason":"r"}})";
  const auto answer = x.post(scan);
  REQUIRE(answer.generated_count == 2);
  const std::string id = append::cluster_id({"a", "b", "c"});
  CHECK(x.operation(6).target == R"({"id":")" + id + R"(","members":["a","b","c"],"member_count":3})");
  CHECK(x.operation(6).op == Operator::INS);
  CHECK(x.operation(7).target == R"({"id":")" + id + R"(","flag":"emergent_cluster"})");
  CHECK(x.operation(7).context == R"({"table":"_emergent","generated_by":5})");
  CHECK(x.operation(7).frame == R"({"reason":"r"})");
  CHECK(x.post(scan).generated_count == 0);
  const auto all = x.post(R"({"op":"REC","target":{"min_cluster_size":2},"context":{"type":"emergence_scan"}})");
  CHECK(all.generated_count == 2);  // now all five hang together
  CHECK(x.operation(x.head()).target.find(append::cluster_id({"a", "b", "c", "d", "e"})) != std::string::npos);
}
