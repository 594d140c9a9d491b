// An operation's own texts: pretty ids, JSON, table, the ids it mentions.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/limits.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/operation.h"

namespace choreo {
namespace {

TEST_CASE("every operator has its name and only its name") {
  for (const std::string_view name : kOperatorNames) {
    REQUIRE(operator_named(name));
    CHECK(name_of(*operator_named(name)) == name);
  }
  CHECK_FALSE(operator_named("ins"));
  CHECK_FALSE(operator_named(""));
  CHECK_FALSE(operator_named("INSX"));
}

TEST_CASE("a pretty id begins with three alphanumerics of the name, else of the id") {
  const char* rows[][2] = {
      {R"({"id":"pl0"})", "PL0-48"},
      {R"({"id":"pl0","name":"Fern & Iron"})", "FER-48"},
      {R"({"name":"A. b-C d","id":"x"})", "ABC-48"},
      {R"({"name":"Zé ß"})", "ZÉß-48"},
      {R"({"name":"éü","id":"q1"})", "ÉÜ-48"},
      {R"({"name":"музей"})", "МУЗ-48"},
      {R"({"name":"日本 語x"})", "日本語-48"},
      {R"({"name":"a\u0301🎷b"})", "AB-48"},
      {R"({"name":"!?","id":"q1"})", "OP-48"},
      {R"({"name":false,"id":"q1"})", "Q1-48"},
      {R"({"name":"","id":"q"})", "Q-48"},
      {R"({"name":7,"id":"abc"})", "7-48"},
      {R"({"name":null,"id":"--"})", "OP-48"},
      {R"({"id":123456})", "123-48"},
      {R"({"id":null})", "OP-48"},
      {R"({"id":"\n\t\u001f\\\"x"})", "X-48"},
      {R"({"name":"\u0001y"})", "Y-48"},
      {R"({})", "OP-48"},
      {R"({"source":"a","data":{"name":"no"}})", "OP-48"},
  };
  for (const auto& row : rows) {
    INFO(row[0]);
    CHECK(pretty_id(row[0], 48) == row[1]);
  }
  CHECK(pretty_id("{}", 9223372036854775807) == "OP-9223372036854775807");
}

TEST_CASE("an operation's JSON has its members in their order and is canonical") {
  Operation operation;
  operation.id = 48;
  operation.pretty_id = "PL0-48";
  operation.guid = "0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f";
  operation.ts = "2026-02-15T16:22:01.000Z";
  operation.op = Operator::ALT;
  operation.target = R"({"id":"pl0","n":1.10})";
  operation.context = R"({"table":"places"})";
  operation.frame = R"({"reason":"é"})";
  const std::string expected =
      R"("pretty_id":"PL0-48","guid":"0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f","ts":"2026-02-15T16:22:01.000Z","op":"ALT",)"
      R"("target":{"id":"pl0","n":1.10},"context":{"table":"places"},"frame":{"reason":"é"}})";
  std::string out = "data: ";
  append_json(out, operation);
  CHECK(out == "data: {\"id\":48," + expected);
  CHECK(webhook_body(out.substr(6)) == "{\"op_id\":48," + expected);
}

TEST_CASE("what an older log holds as pretty id is escaped") {
  Operation operation;
  operation.pretty_id = "A\"B-1";
  std::string out;
  append_json(out, operation);
  const auto canonical = json::canonicalize(out);
  REQUIRE(canonical.ok());
  CHECK(*canonical == out);
  CHECK(json::find(out, "pretty_id") == R"("A\"B-1")");
}

TEST_CASE("a context without a table is about the default one") {
  CHECK(table_of("{}") == "_default");
  CHECK(table_of(R"({"table":"places"})") == "places");
  CHECK(table_of(R"({"table":"a\"b"})") == "a\"b");
  CHECK(table_of(R"({"table":7})") == "_default");
  CHECK(table_of(R"({"x":{"table":"t"}})") == "_default");
}

TEST_CASE("a target mentions ids under ten names, each once, in order") {
  using Ids = std::vector<std::string>;
  CHECK(mentioned_ids("{}").empty());
  CHECK(mentioned_ids(R"({"id":"a"})") == Ids{"a"});
  CHECK(mentioned_ids(R"({"target":"b","source":"a","id":"b"})") == Ids{"b", "a"});
  CHECK(mentioned_ids(R"({"id":"1","entity_id":"2","source":"3","from":"4","target":"5","to":"6","merge_into":"7",)"
                      R"("primary":"8","merge_from":"9","secondary":"10"})") ==
        Ids{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  CHECK(mentioned_ids(R"({"source":7,"to":-3,"from":"7"})") == Ids{"7", "-3"});
  CHECK(mentioned_ids(R"({"source":1.0,"to":1e2,"from":-0,"id":"","target":null,"primary":["a"],"secondary":{}})")
            .empty());
  CHECK(mentioned_ids(R"({"name":"a","data":{"id":"b"},"ids":"c"})").empty());
  CHECK(mentioned_ids(R"({"id":"q\"\n"})") == Ids{"q\"\n"});
  const std::string longest(kMaxEntityIdBytes, 'a');
  CHECK(mentioned_ids(R"({"to":)" + json::quote(longest) + "}") == Ids{longest});
  CHECK(mentioned_ids(R"({"to":)" + json::quote(longest + "a") + "}").empty());
}

}  // namespace
}  // namespace choreo
