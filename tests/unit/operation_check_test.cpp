// What an operator refuses whatever its form (SPEC 3 and 4).
#include <catch2/catch.hpp>
#include <string>

#include "operation_parsed.h"

namespace choreo {
namespace {

// The code that refuses the operation, or "".
std::string refusal(const std::string& op, const std::string& target, const std::string& context = "{}",
                    const std::string& frame = "{}") {
  const auto draft = parse_operation(R"({"op":")" + op + R"(","target":)" + target + R"(,"context":)" + context +
                                     R"(,"frame":)" + frame + "}");
  return draft.ok() ? "" : draft.error().code;
}

TEST_CASE("a coupling is a number from 0 to 1, compared exactly") {
  for (const char* value : {"0", "1", "0.5", "-0", "1.0", "10e-1", "0.99999999999999999999999", "1e-400", "100e-2"}) {
    INFO(value);
    CHECK(refusal("CON", std::string(R"({"source":"a","target":"b","coupling":)") + value + "}").empty());
  }
  for (const char* value :
       {"1.00000000000000000000001", "-1e-400", "2", "-1", "1e1", "\"0.5\"", "null", "true", "[]"}) {
    INFO(value);
    CHECK(refusal("CON", std::string(R"({"source":"a","target":"b","coupling":)") + value + "}") == "bad_coupling");
  }
  CHECK(refusal("INS", R"({"id":"a","coupling":"tight"})").empty());
}

TEST_CASE("a stance is one of three") {
  for (const char* stance : {"accidental", "essential", "generative"}) {
    CHECK(refusal("CON", std::string(R"({"stance":")") + stance + "\"}").empty());
  }
  for (const char* value : {"\"Essential\"", "\"\"", "null", "1", "[\"essential\"]"}) {
    INFO(value);
    CHECK(refusal("CON", std::string(R"({"stance":)") + value + "}") == "bad_stance");
  }
  CHECK(refusal("ALT", R"({"id":"a","stance":"low"})").empty());
}

TEST_CASE("variants are an array and a field has a name") {
  CHECK(refusal("SUP", R"({"id":"a","field":"f","variants":[]})").empty());
  CHECK(refusal("SUP", R"({"id":"a"})").empty());
  CHECK(refusal("SUP", R"({"id":"a","field":"f","variants":{}})") == "bad_variants");
  CHECK(refusal("SUP", R"({"id":"a","field":"f","variants":null})") == "bad_variants");
  for (const char* op : {"SUP", "NUL"}) {
    for (const char* value : {"\"\"", "null", "1", "{}"}) {
      CHECK(refusal(op, std::string(R"({"id":"a","field":)") + value + "}") == "bad_field");
    }
  }
  CHECK(refusal("INS", R"({"id":"a","field":"","variants":1})").empty());
}

TEST_CASE("faults_c7_a_member_that_the_server_keeps_is_no_field") {
  for (const char* name : {"id", "table", "alive", "_ops", "_provenance", "_des", "_seg", "_syn_from", "_table"}) {
    INFO(name);
    const std::string field = R"("field":")" + std::string(name) + "\"}";
    CHECK(refusal("NUL", R"({"entity_id":"a",)" + field) == "bad_field");
    CHECK(refusal("SUP", R"({"id":"a","variants":[],)" + field) == "bad_field");
    CHECK(refusal("ALT", R"({"id":"a",)" + field).empty());  // there `field` is a field
  }
  CHECK(refusal("NUL", R"({"entity_id":"a","field":"\u0069d"})") == "bad_field");
  for (const char* name : {"ID", "ids", "_id", "tables", "_op", "_note"}) {
    INFO(name);
    CHECK(refusal("NUL", R"({"entity_id":"a","field":")" + std::string(name) + "\"}").empty());
  }
  const std::string snapshot = R"({"type":"snapshot_ingest"})";
  CHECK(refusal("REC", R"({"rows":[]})", snapshot, R"({"match_on":"_ops"})") == "bad_match_on");
  CHECK(refusal("REC", R"({"rows":[]})", snapshot, R"({"match_on":"table"})") == "bad_match_on");
  CHECK(refusal("REC", R"({"rows":[]})", snapshot, R"({"match_on":"id"})").empty());
}

TEST_CASE("faults_b12_an_entity_is_not_merged_into_itself") {
  CHECK(refusal("SYN", R"({"merge_into":"a","merge_from":"a"})") == "merge_into_itself");
  CHECK(refusal("SYN", R"({"primary":"7","secondary":7})") == "merge_into_itself");
  CHECK(refusal("SYN", R"({"merge_into":"a","secondary":"\u0061"})") == "merge_into_itself");
  CHECK(refusal("SYN", R"({"merge_into":"a","primary":"b","merge_from":"b"})").empty());
  CHECK(refusal("SYN", R"({"merge_into":"a"})").empty());
  CHECK(refusal("SYN", R"({"merge_into":"a","merge_from":"A"})").empty());
}

TEST_CASE("the log takes what it cannot apply") {
  for (const std::string_view op : kOperatorNames) CHECK(refusal(std::string(op), "{}").empty());
  CHECK(refusal("REC", "{}", R"({"type":"something else"})").empty());
  CHECK(refusal("REC", "{}", R"({"type":7})").empty());
}

TEST_CASE("faults_b10_a_snapshot_has_a_key_in_some_row") {
  const auto with = [](const std::string& rows, const std::string& frame) {
    return refusal("REC", R"({"rows":)" + rows + "}", R"({"type":"snapshot_ingest"})", frame);
  };
  const std::string by_sku = R"({"match_on":"sku","absence_means":"deleted"})";
  CHECK(with(R"([{"id":"a"},{"id":"b"}])", by_sku) == "no_row_has_a_key");
  for (const char* value : {"null", "\"\"", "[]", "{}", "[1]"})
    CHECK(with(R"([{"sku":)" + std::string(value) + "}]", by_sku) == "no_row_has_a_key");
  for (const char* value : {"\"s\"", "1", "1.5", "true", "false"})
    CHECK(with(R"([{"id":"a"},{"sku":)" + std::string(value) + "}]", by_sku).empty());
  CHECK(with(R"([{"x":1},{}])", "{}") == "no_row_has_a_key");
  CHECK(with("[]", by_sku).empty());  // an empty list is one that says so
}

TEST_CASE("faults_c13_a_row_has_each_key_once") {
  const auto with = [](const std::string& rows) {
    return parse_operation(R"({"op":"REC","target":{"rows":)" + rows + R"(},"context":{"type":"snapshot_ingest"}})");
  };
  const auto refused = with(R"([{"id":"a"},{"id":"b","x":1,"\u0078":2}])");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "duplicate_key");
  CHECK(refused.error().index == 1);
  CHECK(refused.error().message == "Row 1 of \"target.rows\" has the key \"x\" more than once.");
  CHECK(with(R"([{"id":"a","x":{"y":1,"y":2}}])").ok());  // a value is data
}

TEST_CASE("a snapshot ingest has rows and known options") {
  const std::string context = R"({"type":"snapshot_ingest","table":"t"})";
  const auto with_frame = [&](const char* frame) {
    return refusal("REC", R"({"rows":[{"id":"a","name":"n"}]})", context, frame);
  };
  CHECK(with_frame("{}").empty());
  CHECK(with_frame(R"({"match_on":"name","absence_means":"investigate","null_fields_mean":"unknown",)"
                   R"("ignore_fields":["a",""],"reason":"r"})")
            .empty());
  for (const char* value : {"unchanged", "deleted", "investigate"}) {
    CHECK(with_frame((std::string(R"({"absence_means":")") + value + "\"}").c_str()).empty());
  }
  for (const char* value : {"unchanged", "cleared", "unknown"}) {
    CHECK(with_frame((std::string(R"({"null_fields_mean":")") + value + "\"}").c_str()).empty());
  }
  CHECK(with_frame(R"({"match_on":""})") == "bad_match_on");
  CHECK(with_frame(R"({"match_on":null})") == "bad_match_on");
  CHECK(with_frame(R"({"match_on":["id"]})") == "bad_match_on");
  CHECK(with_frame(R"({"absence_means":"cleared"})") == "bad_absence_means");
  CHECK(with_frame(R"({"absence_means":null})") == "bad_absence_means");
  CHECK(with_frame(R"({"null_fields_mean":"deleted"})") == "bad_null_fields_mean");
  CHECK(with_frame(R"({"ignore_fields":"a"})") == "bad_ignore_fields");
  CHECK(with_frame(R"({"ignore_fields":["a",1]})") == "bad_ignore_fields");
  for (const char* target : {"{}", R"({"rows":null})", R"({"rows":{}})", R"({"rows":"x"})", R"({"rows":[null]})"}) {
    INFO(target);
    CHECK(refusal("REC", target, context) == "bad_rows");
  }
  const auto third = parse_operation(R"({"op":"REC","target":{"rows":[{},{},[1]]},"context":)" + context + "}");
  REQUIRE_FALSE(third.ok());
  CHECK(third.error().index == 2);
  CHECK(refusal("INS", R"({"rows":7})", context).empty());
}

TEST_CASE("a feedback rule is whole or refused with the member's name") {
  const std::string context = R"({"type":"feedback_rule"})";
  const char* whole[] = {
      R"({"trigger":{"op":"DES","match":{"target.flag":"x"}},"action":{"op":"ALT","target_template":{"id":"{trigger.target.id}"},"context":{"table":"t"}}})",
      R"({"id":"r1","trigger":{"match":{}},"action":{"op":"INS","target_template":{}}})",
      R"({"trigger":{},"action":{"op":"NUL","target_template":{}}})",
  };
  for (const char* target : whole) CHECK(refusal("REC", target, context).empty());
  const char* broken[][2] = {
      {R"({})", "target.trigger"},
      {R"({"trigger":null,"action":{}})", "target.trigger"},
      {R"({"trigger":{}})", "target.action"},
      {R"({"trigger":{},"action":[]})", "target.action"},
      {R"({"trigger":{"op":"FOO"},"action":{"op":"ALT","target_template":{}}})", "target.trigger.op"},
      {R"({"trigger":{"op":null},"action":{"op":"ALT","target_template":{}}})", "target.trigger.op"},
      {R"({"trigger":{"match":[]},"action":{"op":"ALT","target_template":{}}})", "target.trigger.match"},
      {R"({"trigger":{},"action":{"target_template":{}}})", "target.action.op"},
      {R"({"trigger":{},"action":{"op":"REC","target_template":{}}})", "target.action.op"},
      {R"({"trigger":{},"action":{"op":"alt","target_template":{}}})", "target.action.op"},
      {R"({"trigger":{},"action":{"op":"ALT"}})", "target.action.target_template"},
      {R"({"trigger":{},"action":{"op":"ALT","target_template":"x"}})", "target.action.target_template"},
      {R"({"trigger":{},"action":{"op":"ALT","target_template":{},"context":null}})", "target.action.context"},
  };
  for (const auto& row : broken) {
    INFO(row[0]);
    const auto result =
        parse_operation(std::string(R"({"op":"REC","target":)") + row[0] + R"(,"context":)" + context + "}");
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == "bad_rule");
    CHECK(result.error().field == row[1]);
    CHECK_THAT(result.error().message, Catch::Contains(std::string("\"") + row[1] + "\""));
  }
}

TEST_CASE("an emergence scan's options are optional and typed") {
  const std::string context = R"({"type":"emergence_scan"})";
  CHECK(refusal("REC", "{}", context).empty());
  CHECK(refusal("REC", R"({"min_cluster_size":1,"min_internal_coupling":0.5,"min_stance":"generative"})", context)
            .empty());
  for (const char* value : {"0", "-3", "2.5", "3.0", "\"3\"", "null"}) {
    INFO(value);
    CHECK(refusal("REC", std::string(R"({"min_cluster_size":)") + value + "}", context) == "bad_min_cluster_size");
  }
  CHECK(refusal("REC", R"({"min_internal_coupling":"0.5"})", context) == "bad_min_internal_coupling");
  CHECK(refusal("REC", R"({"min_stance":"strong"})", context) == "bad_min_stance");
}

TEST_CASE("a check's sentence says what is allowed and what was sent") {
  Draft draft;
  draft.op = Operator::CON;
  draft.target = R"({"coupling":1.5})";
  CHECK(check_operation(draft).error().message == "\"target.coupling\" must be a number from 0 to 1, not 1.5.");
  draft.target = R"({"stance":"firm"})";
  CHECK(check_operation(draft).error().message ==
        "\"target.stance\" must be one of accidental essential generative, not \"firm\".");
}

}  // namespace
}  // namespace choreo
