// stream() finds what reading the whole log finds, over many zones of it (log/zones.h).
#include <catch2/catch.hpp>

#include "base/timestamp.h"
#include "eoql/parser.h"
#include "json/number.h"
#include "json/string.h"
#include "query/result.h"
#include "support/random_log.h"

using namespace choreo;

namespace {

struct Wanted {
  std::string op;             // "": any
  std::string part, key;      // part "": none
  std::string value;          // JSON
  std::string after, before;  // "": none
};

std::string query_text(const Wanted& wanted) {
  std::string parameters = "limit=10000";
  if (!wanted.op.empty()) parameters += ", op=" + wanted.op;
  if (!wanted.part.empty()) parameters += ", " + wanted.part + "." + wanted.key + "=" + wanted.value;
  if (!wanted.after.empty()) parameters += ", after=\"" + wanted.after + "\"";
  if (!wanted.before.empty()) parameters += ", before=\"" + wanted.before + "\"";
  return "stream(" + parameters + ")";
}

bool matches(const Wanted& wanted, const Operation& operation) {
  if (!wanted.op.empty() && wanted.op != name_of(operation.op)) return false;
  if (!wanted.after.empty() && operation.ts <= wanted.after) return false;
  if (!wanted.before.empty() && operation.ts >= wanted.before) return false;
  if (wanted.part.empty()) return true;
  const std::string& part = wanted.part == "target"    ? operation.target
                            : wanted.part == "context" ? operation.context
                                                       : operation.frame;
  return json::equal(json::find(part, wanted.key).value_or("null"), wanted.value);
}

std::string ids_found(log::Reader& reader, const std::string& text) {
  const auto parsed = eoql::parse(text);
  if (!parsed.ok()) FAIL(text << ": " << parsed.error().message);
  const auto answer = query::run(*parsed, {}, reader);
  if (!answer.ok()) FAIL(text << ": " << answer.error().message);
  std::string ids;
  for (const std::string_view operation : json::elements(*json::find(*answer, "operations")))
    ids.append(*json::find(operation, "id")).append(" ");
  return ids;
}

}  // namespace

TEST_CASE("stream() finds what reading the whole log finds") {
  const bool times = GENERATE(false, true);
  test::LogEntries entries = test::random_log(31, 2500, times);
  // What is rare: most zones are passed over.
  entries[700].body =
      R"({"op":"INS","target":{"id":"e1","kind":"rare \"one\""},"context":{"table":"w","source":"mail"}})";
  test::LoggedInstance log(entries, {});
  const std::vector<Operation> operations = log.operations();
  REQUIRE(operations.size() > 2500);
  const std::string early = operations[900].ts, late = operations[1600].ts;
  log::Reader reader = log.reader();
  for (const char* op : {"", "SYN", "REC"})
    for (const Wanted& wanted :
         {Wanted{op, "", "", "", "", ""}, Wanted{op, "context", "table", "\"t\"", "", ""},
          Wanted{op, "context", "table", "\"w\"", "", ""}, Wanted{op, "target", "kind", "\"rare \\\"one\\\"\"", "", ""},
          Wanted{op, "target", "x", "true", early, ""}, Wanted{op, "target", "x", "1", "", late},
          Wanted{op, "target", "x", "null", early, late}, Wanted{op, "frame", "source", "\"s\"", early, late},
          Wanted{op, "frame", "source", "\"nowhere\"", "", ""}}) {
      std::string expected;
      for (auto it = operations.rbegin(); it != operations.rend(); ++it)
        if (matches(wanted, *it)) expected += std::to_string(it->id) + " ";
      CHECK(ids_found(reader, query_text(wanted)) == expected);
    }
}
