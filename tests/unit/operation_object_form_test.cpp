// SPEC 2, the object form: what is stored and what is refused.
#include <catch2/catch.hpp>
#include <string>

#include "base/limits.h"
#include "json/string.h"
#include "operation_parsed.h"

namespace choreo {
namespace {

struct Row {
  const char* body;
  const char* expected;
};

void check_rows(const Row* begin, const Row* end) {
  for (const Row* row = begin; row != end; ++row) {
    INFO(row->body);
    CHECK(parsed(row->body) == row->expected);
  }
}

template <std::size_t n>
void check_rows(const Row (&rows)[n]) {
  check_rows(rows, rows + n);
}

TEST_CASE("the object form is stored as it was sent, without white space") {
  const Row rows[] = {
      {R"({"op":"INS","target":{"id":"p1"}})", R"(INS {"id":"p1"} {} {})"},
      {R"( { "op" : "ALT" , "target" : { "id" : "p1" , "n" : 1.10 } } )", R"(ALT {"id":"p1","n":1.10} {} {})"},
      {R"({"op":"DES","target":{"z":1e2,"a":1234567890123456789012345678901234567890},"context":{"table":"t"},)"
       R"("frame":{"why":null}})",
       R"(DES {"z":1e2,"a":1234567890123456789012345678901234567890} {"table":"t"} {"why":null})"},
      {R"({"frame":{},"target":{},"op":"SEG"})", "SEG {} {} {}"},
      {R"({"op":"REC","context":{"type":"emergence_scan"}})", R"(REC {} {"type":"emergence_scan"} {})"},
      {R"({"op":"NUL","target":{"id":"é😀\u00e9\"\\"}})", R"(NUL {"id":"é😀é\"\\"} {} {})"},
      {R"({"\u006fp":"INS","t\u0061rget":{"i\u0064":"a"}})", R"(INS {"id":"a"} {} {})"},
      {R"({"op":"\u0049NS","target":{"id":"a"}})", R"(INS {"id":"a"} {} {})"},
  };
  check_rows(rows);
}

TEST_CASE("unknown members of the body are ignored, whatever they hold") {
  const Row rows[] = {
      {R"({"op":"INS","target":{"id":"a"},"extra":{"x":1,"x":2},"id":77,"ts":5,"Op":"no"})", R"(INS {"id":"a"} {} {})"},
      {R"({"op":"INS","target":{"id":"a"},"operand":{"fields.x":1}})", R"(INS {"id":"a"} {} {})"},
  };
  check_rows(rows);
}

TEST_CASE("what is wrong with a body has its own code") {
  const Row rows[] = {
      {"", "bad_json"},
      {"{", "bad_json"},
      {R"({"op":"INS","target":{"id":"a"}} x)", "bad_json"},
      {"{\"op\":\"INS\",\"target\":{\"id\":\"\xff\"}}", "bad_utf8"},
      {R"({"op":"INS","target":{"id":"\ud800"}})", "bad_utf8"},
      {"[]", "not_an_object"},
      {"null", "not_an_object"},
      {"\"INS\"", "not_an_object"},
      {"7", "not_an_object"},
      {"{}", "missing_op"},
      {R"({"target":{"id":"a"}})", "missing_op"},
      {R"({"op":"ins","target":{}})", "unknown_op"},
      {R"({"op":"","target":{}})", "unknown_op"},
      {R"({"op":"INS ","target":{}})", "unknown_op"},
      {R"({"op":null,"target":{}})", "unknown_op"},
      {R"({"op":2,"target":{}})", "unknown_op"},
      {R"({"op":["INS"],"target":{}})", "unknown_op"},
      {R"({"op":"INS"})", "bad_target"},
      {R"({"op":"REC","operand":{}})", "bad_target"},
      {R"({"op":"INS","target":null})", "bad_target"},
      {R"({"op":"INS","target":[]})", "bad_target"},
      {R"({"op":"INS","target":7})", "bad_target"},
      {R"({"op":"INS","target":true})", "bad_target"},
      {R"({"op":"INS","target":{},"context":null})", "bad_context"},
      {R"({"op":"INS","target":{},"context":"t"})", "bad_context"},
      {R"({"op":"INS","target":{},"context":[]})", "bad_context"},
      {R"({"op":"INS","target":{},"frame":null})", "bad_frame"},
      {R"({"op":"INS","target":{},"frame":1})", "bad_frame"},
      {R"({"op":"INS","target":{},"operand":null})", "bad_operand"},
      {R"({"op":"INS","target":{},"operand":[]})", "bad_operand"},
  };
  check_rows(rows);
}

TEST_CASE("repeated keys are refused where the contract names them and kept in nested values") {
  const Row rows[] = {
      {R"({"op":"INS","op":"INS","target":{}})", "duplicate_key"},
      {R"({"op":"INS","target":{},"x":1,"x":1})", "duplicate_key"},
      {R"({"op":"INS","\u006fp":"INS","target":{}})", "duplicate_key"},
      {R"({"op":"INS","target":{"a":1,"a":1}})", "duplicate_key"},
      {R"({"op":"INS","target":{"a":1,"\u0061":2}})", "duplicate_key"},
      {R"({"op":"INS","target":{},"context":{"a":1,"a":2}})", "duplicate_key"},
      {R"({"op":"INS","target":{},"frame":{"a":1,"a":2}})", "duplicate_key"},
      {R"({"op":"INS","target":{},"operand":{"a":1,"a":2}})", "duplicate_key"},
      {R"({"op":"INS","target":{"id":"a","v":{"x":1,"x":2}},"frame":{"y":[{"z":1,"z":1}]}})",
       R"(INS {"id":"a","v":{"x":1,"x":2}} {} {"y":[{"z":1,"z":1}]})"},
  };
  check_rows(rows);
  CHECK(parse_operation(R"({"op":"INS","target":{"a":1,"a":1}})").error().field == "a");
}

TEST_CASE("an id is a non-empty string or an integer, which becomes text") {
  const Row rows[] = {
      {R"({"op":"INS","target":{"id":7}})", R"(INS {"id":"7"} {} {})"},
      {R"({"op":"INS","target":{"a":{"id":1},"id":-5,"b":2}})", R"(INS {"a":{"id":1},"id":"-5","b":2} {} {})"},
      {R"({"op":"INS","target":{"id":0}})", R"(INS {"id":"0"} {} {})"},
      {R"({"op":"ALT","target":{"id":123456789012345678901234567890}})",
       R"(ALT {"id":"123456789012345678901234567890"} {} {})"},
      {R"({"op":"NUL","target":{"entity_id":7,"field":"x"}})", R"(NUL {"entity_id":"7","field":"x"} {} {})"},
      {R"({"op":"CON","target":{"source":1,"target":22,"n":3}})", R"(CON {"source":"1","target":"22","n":3} {} {})"},
      {R"({"op":"CON","target":{"from":1,"to":"b","id":4}})", R"(CON {"from":"1","to":"b","id":"4"} {} {})"},
      {R"({"op":"SYN","target":{"merge_into":1,"merge_from":2}})", R"(SYN {"merge_into":"1","merge_from":"2"} {} {})"},
      {R"({"op":"SYN","target":{"primary":1,"secondary":2}})", R"(SYN {"primary":"1","secondary":"2"} {} {})"},
  };
  check_rows(rows);
}

TEST_CASE("anything else as an id is refused") {
  for (const std::string value : {"\"\"", "1.0", "1e2", "-0", "0.5", "true", "false", "null", "[]", "{}", "[\"a\"]",
                                  "\"a\\u0000b\"", "\"\\n\"", "\"\\u001f\"", "\"\x7f\"", "\"\u0080\"", "\"a\u009f\""}) {
    INFO(value);
    const auto body = [&](const std::string& op, const std::string& name) {
      return "{\"op\":\"" + op + "\",\"target\":{\"" + name + "\":" + value + "}}";
    };
    for (const std::string_view op : kOperatorNames) {
      const auto result = parse_operation(body(std::string(op), "id"));
      REQUIRE_FALSE(result.ok());
      CHECK(result.error().code == "bad_id");
      CHECK(result.error().field == "id");
    }
    CHECK(parsed(body("NUL", "entity_id")) == "bad_id");
    for (const char* name : {"source", "from", "target", "to"}) CHECK(parsed(body("CON", name)) == "bad_id");
    for (const char* name : {"merge_into", "primary", "merge_from", "secondary"}) {
      CHECK(parsed(body("SYN", name)) == "bad_id");
    }
  }
}

TEST_CASE("the names of edges and merges are data under other operators") {
  const Row rows[] = {
      {R"({"op":"INS","target":{"id":"a","source":"web","to":null,"target":7,"primary":[]}})",
       R"(INS {"id":"a","source":"web","to":null,"target":7,"primary":[]} {} {})"},
      {R"({"op":"SYN","target":{"merge_into":"a","merge_from":"b","source":1.5}})",
       R"(SYN {"merge_into":"a","merge_from":"b","source":1.5} {} {})"},
      {R"({"op":"CON","target":{"source":"a","target":"b","primary":true,"entity_id":null}})",
       R"(CON {"source":"a","target":"b","primary":true,"entity_id":null} {} {})"},
  };
  check_rows(rows);
}

TEST_CASE("an id has at most 512 bytes of UTF-8, whatever its escapes took") {
  const auto body = [](const std::string& id) { return R"({"op":"INS","target":{"id":)" + id + "}}"; };
  CHECK(parse_operation(body(json::quote(std::string(kMaxEntityIdBytes, 'a')))).ok());
  CHECK(parsed(body(json::quote(std::string(kMaxEntityIdBytes + 1, 'a')))) == "bad_id");
  std::string escaped;
  for (std::size_t i = 0; i < kMaxEntityIdBytes; ++i) escaped += "\\u0041";
  CHECK(parse_operation(body("\"" + escaped + "\"")).ok());
  std::string two_bytes_each;
  for (std::size_t i = 0; i < kMaxEntityIdBytes / 2; ++i) two_bytes_each += "é";
  CHECK(parse_operation(body(json::quote(two_bytes_each))).ok());
  CHECK(parsed(body(json::quote(two_bytes_each + "é"))) == "bad_id");
  CHECK(parse_operation(body(std::string(kMaxEntityIdBytes, '1'))).ok());
  CHECK(parsed(body(std::string(kMaxEntityIdBytes + 1, '1'))) == "bad_id");
}

TEST_CASE("a table is a string of 1 to 128 bytes without control characters") {
  const auto body = [](const std::string& table) {
    return R"({"op":"INS","target":{"id":"a"},"context":{"table":)" + table + "}}";
  };
  CHECK(parse_operation(body("\"t\"")).ok());
  CHECK(parse_operation(body("\"with space, dot. and é\"")).ok());
  CHECK(parse_operation(body(json::quote(std::string(kMaxTableNameBytes, 't')))).ok());
  CHECK(parsed(body(json::quote(std::string(kMaxTableNameBytes + 1, 't')))) == "bad_table");
  for (const char* value : {"\"\"", "null", "1", "{}", "[]", "true", "\"a\\nb\"", "\"\x7f\"", "\"\u0085\""}) {
    INFO(value);
    CHECK(parsed(body(value)) == "bad_table");
  }
}

TEST_CASE("nesting is counted from the body and refused past 128 levels") {
  const auto body = [](std::size_t levels) {  // body, target, then arrays
    return R"({"op":"INS","target":{"id":"a","v":)" + std::string(levels - 2, '[') + std::string(levels - 2, ']') +
           "}}";
  };
  CHECK(parse_operation(body(kMaxJsonDepth)).ok());
  CHECK(parsed(body(kMaxJsonDepth + 1)) == "too_deep");
}

TEST_CASE("a guid of the client's own is a UUID, kept in lower case") {
  const auto body = [](const std::string& guid) { return R"({"op":"INS","target":{},"guid":)" + guid + "}"; };
  CHECK(parse_operation(body("\"0190B7A2-5D3C-7C4E-8F10-2A3B4C5D6E7F\""))->guid ==
        "0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f");
  CHECK(parse_operation(R"({"op":"INS","target":{}})")->guid.empty());
  for (const char* value : {"null", "7", "\"\"", "\"0190b7a2\"", "{}", "\"0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7g\""}) {
    INFO(value);
    CHECK(parsed(body(value)) == "bad_guid");
  }
}

TEST_CASE("only an element of a batch brings its own time") {
  const std::string with_ts = R"({"op":"INS","target":{"id":"a"},"ts":"2026-02-15T16:22:01.000Z"})";
  CHECK_FALSE(parse_operation(with_ts)->ts_ms);
  CHECK(parse_canonical_operation(with_ts)->ts_ms == 1771172521000);
  CHECK_FALSE(parse_canonical_operation(R"({"op":"INS","target":{"id":"a"}})")->ts_ms);
  CHECK_FALSE(parse_canonical_operation(R"({"op":"INS","target":{"id":"a"},"ts":null})")->ts_ms);
  CHECK_FALSE(parse_canonical_operation(R"({"op":"INS","target":{"id":"a"},"ts":""})")->ts_ms);
  for (const char* value : {"false", "5", "\"yesterday\"", "\" \"", "{}"}) {
    INFO(value);
    const std::string body = std::string(R"({"op":"INS","target":{"id":"a"},"ts":)") + value + "}";
    CHECK(parsed(parse_canonical_operation(body)) == "bad_timestamp");
    CHECK(parse_operation(body).ok());
  }
  CHECK(parsed(parse_canonical_operation("[]")) == "not_an_object");
}

TEST_CASE("a refusal's sentence shows long names cut and stays UTF-8") {
  std::string key;
  for (int i = 0; i < 1000; ++i) key += "é";
  const std::string member = json::quote(key) + ":1";
  const auto result = parse_operation(R"({"op":"INS","target":{)" + member + "," + member + "}}");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "duplicate_key");
  CHECK(result.error().message.size() < 200);
  CHECK(result.error().field.size() <= 64);
  CHECK(json::is_utf8(result.error().message));
  CHECK(json::is_utf8(result.error().field));
}

TEST_CASE("a target of a hundred thousand members is read in one go") {
  std::string body = R"({"op":"INS","target":{"id":7)";
  for (int i = 0; i < 100000; ++i) body += ",\"field" + std::to_string(i) + "\":" + std::to_string(i);
  body += "}}";
  const auto result = parse_operation(body);
  REQUIRE(result.ok());
  CHECK(result->target.size() == body.size() + 2 - std::string(R"({"op":"INS","target":})").size());
}

}  // namespace
}  // namespace choreo
