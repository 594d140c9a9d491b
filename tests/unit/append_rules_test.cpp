#include <catch2/catch.hpp>

#include "append/emergence_scan.h"
#include "append/rule_template.h"
#include "json/canonical.h"
#include "support/instance.h"
#include "support/no_crypto.h"

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
    std::size_t room = 1000;
    const auto filled = fill_template(json::canonicalize(text).value(), trigger(), room);
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
  const std::string id = *append::cluster_id({"a", "b", "c"});
  CHECK(x.operation(6).target == R"({"id":")" + id + R"(","members":["a","b","c"],"member_count":3})");
  CHECK(x.operation(6).op == Operator::INS);
  CHECK(x.operation(7).target == R"({"id":")" + id + R"(","flag":"emergent_cluster"})");
  CHECK(x.operation(7).context == R"({"table":"_emergent","generated_by":5})");
  CHECK(x.operation(7).frame == R"({"reason":"r"})");
  CHECK(x.post(scan).generated_count == 0);
  const auto all = x.post(R"({"op":"REC","target":{"min_cluster_size":2},"context":{"type":"emergence_scan"}})");
  CHECK(all.generated_count == 2);  // now all five hang together
  CHECK(x.operation(x.head()).target.find(*append::cluster_id({"a", "b", "c", "d", "e"})) != std::string::npos);
}

namespace {

std::string rule_with(const std::string& trigger) {
  return R"({"op":"REC","target":{"id":"r","trigger":)" + trigger +
         R"(,"action":{"op":"DES","target_template":{"id":"hit"}}},"context":{"type":"feedback_rule"}})";
}

// Whether a rule with that trigger fires on an operation.
bool fires(const std::string& trigger, const std::string& body) {
  test::Instance x;
  x.post(rule_with(trigger));
  return x.post(body).generated_count == 1;
}

std::string match(const std::string& members) {
  return "{\"match\":{" + members + "}}";
}

// The code that refuses a rule, or "".
std::string refusal_of(const std::string& trigger) {
  test::Instance x;
  append::Request request;
  Result<Draft> draft = parse_operation(rule_with(trigger));
  if (!draft.ok()) return draft.error().code;
  request.draft = std::move(*draft);
  const auto answer = x.appender.append("x", std::move(request));
  CHECK(x.head() == (answer.ok() ? 1 + answer->generated_count : 0));
  return answer.ok() ? "" : answer.error().code;
}

}  // namespace

TEST_CASE("faults_f10_a_match_compares_as_a_webhooks_where_does") {
  const auto order = [](const std::string& total) {
    return R"({"op":"INS","target":{"id":"7","total":)" + total +
           R"(,"day":"2026-02-15","s":">1"},"frame":{"source":"walk"}})";
  };
  CHECK(fires(match(R"("target.total":">100")"), order("100.01")));
  CHECK_FALSE(fires(match(R"("target.total":">100")"), order("100.0")));
  CHECK(fires(match(R"("target.total":">= 100")"), order("1e2")));
  CHECK(fires(match(R"("total":"<=-5")"), order("-5")));
  CHECK(fires(match(R"("total":"!=5")"), order("6")));
  CHECK(fires(match(R"("total":"=5.0")"), order("5")));
  CHECK_FALSE(fires(match(R"("total":">100")"), order(R"("101")")));  // a text is neither more nor less than a number
  CHECK_FALSE(fires(match(R"("missing":">0")"), order("1")));
  CHECK(fires(match(R"("missing":"!=0")"), order("1")));
  CHECK(fires(match(R"("day":">2026-02-14","frame.source":"!=\"ride\"")"), order("1")));
  CHECK_FALSE(fires(match(R"("day":">2026-02-15")"), order("1")));
  CHECK(fires(match(R"("s":"=\">1\"")"), order("1")));
  CHECK(fires(match(R"("target.id":7)"), order("1")));
  CHECK(fires(match(R"("context.table":"_default")"), order("1")));
  CHECK(fires(match(R"("context.table":null)"), order("1")));
  CHECK(fires(R"({"where":"target.total>1, target.total<=2, context.table!=t"})", order("2")));
  CHECK_FALSE(fires(R"({"where":"target.total>1, target.total<=2"})", order("2.1")));
  CHECK_FALSE(fires(R"({"op":"ALT","where":"target.total>1"})", order("2")));
  CHECK_FALSE(fires(R"({"where":"target.total>1","match":{"day":"other"}})", order("2")));
}

TEST_CASE("faults_f10_what_no_operation_can_match_is_refused") {
  for (const char* members :
       {R"("x":">")", R"("x":"=")", R"("x":"!")", R"("x":"=>1")", R"("x":">1 2")", R"("x":">1, y=2")",
        R"("x":">\"open")", R"("x":">true")", R"("x":"<= null")", R"("target.id":true)", R"("target.id":{})",
        R"("id":"")", R"("id":">5")", R"("context.table":3)", R"("context.table":"")", R"("context.table":">1")",
        R"("context.generated_by_rule":"r2")", R"("context.generated_by_rule":">a")"}) {
    INFO(members);
    CHECK(refusal_of(match(members)) == "bad_rule");
  }
  CHECK(refusal_of(match(R"("id":")" + std::string(513, 'x') + "\"")) == "bad_rule");
  CHECK(refusal_of(match("\"" + std::string(1025, 'x') + "\":1")) == "bad_rule");
  CHECK(refusal_of(match("\"" + std::string(1024, 'x') + "\":1")).empty());
  for (const char* where : {"7", "null", R"("")", R"("x=1")", R"("target.x")", R"("target.x>false")"}) {
    INFO(where);
    CHECK(refusal_of(R"({"where":)" + std::string(where) + "}") == "bad_rule");
  }
  for (const char* members :
       {R"("x":"open")", R"("x":" >1")", R"("x":"!=null")", R"("id":"!=5")", R"("id":5)", R"("id":null)",
        R"("context.generated_by_rule":null)", R"("context.generated_by_rule":"!=a")", R"("x":[1])", R"("x":"≥5")"}) {
    INFO(members);
    CHECK(refusal_of(match(members)).empty());
  }
  CHECK(refusal_of(R"({"match":{"x":1,"x":2}})") == "duplicate_key");
  CHECK(refusal_of(R"({"op":"ALT","op":"INS"})") == "duplicate_key");
}

TEST_CASE("faults_f10_a_match_has_a_bounded_number_of_members") {
  const auto of = [](int count) {
    std::string members;
    for (int i = 0; i < count; ++i) members += (i ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
    return match(members);
  };
  CHECK(refusal_of(of(100)).empty());
  CHECK(refusal_of(of(101)) == "bad_rule");
  const auto where = [](std::size_t bytes) { return R"({"where":"target.x=)" + std::string(bytes - 9, '1') + "\"}"; };
  CHECK(refusal_of(where(4096)).empty());
  CHECK(refusal_of(where(4097)) == "bad_rule");
}

TEST_CASE("faults_f10_a_rule_that_an_earlier_version_stored_is_read_as_well_as_may_be") {
  test::Instance x;
  const auto store = [&](const std::string& id, const std::string& trigger) {
    x.post(R"({"op":"INS","target":{"id":")" + id + R"(","trigger":)" + trigger +
           R"(,"action":{"op":"DES","target_template":{"id":")" + id + R"("}}},"context":{"table":"_rules"}})");
  };
  store("literal", match(R"("x":">","id":"!=ignored")"));
  store("compared", match(R"("x":">=a")"));
  store("never", R"({"where":"nonsense"})");
  store("unknown", R"({"op":"NOP"})");
  CHECK(x.post(R"({"op":"INS","target":{"id":"a","x":">"}})").generated_count == 1);
  CHECK(x.post(R"({"op":"INS","target":{"id":"a","x":"b"}})").generated_count == 1);
}

TEST_CASE("faults_b6_a_scan_without_digests_is_refused") {
  const test::NoCrypto none;
  CHECK(append::cluster_id({"a", "b", "c"}).error().code == "crypto_unavailable");
}
