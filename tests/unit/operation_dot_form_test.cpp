// SPEC 2, the dot form: how addresses are read and what operands become.
#include <catch2/catch.hpp>
#include <string>

#include "base/limits.h"
#include "operation_parsed.h"

namespace choreo {
namespace {

std::string address_parts(std::string_view address) {
  const auto parts = parse_dot_address(address);
  if (!parts.ok()) return parts.error().code;
  return std::string(parts->table) + "|" + std::string(parts->id) + "|" + std::string(parts->field);
}

TEST_CASE("an address is a table, an id with all its dots and a field") {
  const char* rows[][2] = {
      {"tables.places", "places||"},
      {"tables.places.p1", "places|p1|"},
      {"tables.people.a.b@example.org", "people|a.b@example.org|"},
      {"tables.people.a.b@example.org.fields.name", "people|a.b@example.org|name"},
      {"tables.t.a.fields.b.fields.c", "t|a.fields.b|c"},
      {"tables.t.a.fields.b.c", "t|a|b.c"},
      {"tables.t.a.fields", "t|a.fields|"},
      {"tables.t.fields.x", "t|fields.x|"},
      {"tables.t.a.", "t|a.|"},
      {"tables.t.a..b", "t|a..b|"},
      {"tables.tables.tables", "tables|tables|"},
      {"tables._rules.r 1", "_rules|r 1|"},
      {"tables.é.ü.fields.ö", "é|ü|ö"},
      {"", "bad_address"},
      {"tables", "bad_address"},
      {"tables.", "bad_address"},
      {"tables..a", "bad_address"},
      {"tables.t.", "bad_address"},
      {"tables.t..fields.x", "bad_address"},
      {"tables.t.a.fields.", "bad_address"},
      {"table.t.a", "bad_address"},
      {"Tables.t.a", "bad_address"},
      {" tables.t.a", "bad_address"},
      {"p1", "bad_address"},
      {"queries", "bad_address"},
  };
  for (const auto& row : rows) {
    INFO(row[0]);
    CHECK(address_parts(row[0]) == row[1]);
  }
}

struct Row {
  const char* target;
  const char* rest;  // the body's other members but op
  const char* expected;
};

template <std::size_t n>
void check_rows(const char* op, const Row (&rows)[n]) {
  for (const Row& row : rows) {
    const std::string body = std::string(R"({"op":")") + op + R"(","target":")" + row.target + "\"" + row.rest + "}";
    INFO(body);
    CHECK(parsed(body) == row.expected);
  }
}

TEST_CASE("the dot form is stored in the object form") {
  const Row rows[] = {
      {"tables.places.p1", "", R"(INS {"id":"p1"} {"table":"places"} {})"},
      {"tables.places.p1", R"(,"operand":{"fields.name":"N","fields.n":1.10})",
       R"(INS {"id":"p1","name":"N","n":1.10} {"table":"places"} {})"},
      {"tables.places", R"(,"operand":{"fields.id":7,"fields.x":1})", R"(INS {"id":"7","x":1} {"table":"places"} {})"},
      {"tables.p.a", R"(,"operand":{"conn.b":1,"merge.c":2,"plain":3,"other.d":4,"meta.source":"s","meta.type":"t"})",
       R"(INS {"id":"a","b":1,"c":2,"plain":3,"other.d":4} {"table":"p","source":"s","type":"t"} {})"},
      {"tables.p.a", R"(,"operand":{"fields.meta.x":1,"meta.fields.y":2,"fields":3,"meta":4})",
       R"(INS {"id":"a","meta.x":1,"fields":3,"meta":4} {"table":"p","fields.y":2} {})"},
      {"tables.p.a", R"(,"frame":{"reason":"r"},"context":{"source":"s"})",
       R"(INS {"id":"a"} {"table":"p","source":"s"} {"reason":"r"})"},
      {"tables.p.a", R"(,"context":{"source":"s","table":"p"},"operand":{"meta.table":"p","meta.k":1})",
       R"(INS {"id":"a"} {"table":"p","source":"s","k":1} {})"},
      {"tables.p.a", R"(,"context":{"k":1},"operand":{"meta.k":1})", R"(INS {"id":"a"} {"table":"p","k":1} {})"},
      {"tables.p.a.fields.hours", "", R"(INS {"entity_id":"a","field":"hours"} {"table":"p"} {})"},
      {"tables.p.q\\\"\\u00e9.r", "", R"(INS {"id":"q\"é.r"} {"table":"p"} {})"},
  };
  check_rows("INS", rows);
}

TEST_CASE("the operand may repeat what the address says, not contradict it") {
  const Row rows[] = {
      {"tables.p.a", R"(,"operand":{"fields.id":"a","fields.x":1})", R"(NUL {"id":"a","x":1} {"table":"p"} {})"},
      {"tables.p.7", R"(,"operand":{"fields.id":7})", R"(NUL {"id":"7"} {"table":"p"} {})"},
      {"tables.p.a.fields.f", R"(,"operand":{"fields.field":"f","fields.entity_id":"a","id":"a"})",
       R"(NUL {"entity_id":"a","field":"f"} {"table":"p"} {})"},
      {"tables.p.a", R"(,"operand":{"fields.id":"b"})", "bad_operand"},
      {"tables.p.a", R"(,"operand":{"id":null})", "bad_operand"},
      {"tables.p.a.fields.f", R"(,"operand":{"fields.field":"g"})", "bad_operand"},
      {"tables.p.a.fields.f", R"(,"operand":{"fields.entity_id":"b"})", "bad_operand"},
      {"tables.p.a.fields.f", R"(,"operand":{"fields.id":"b"})", "bad_operand"},
      {"tables.p.a", R"(,"operand":{"meta.table":"q"})", "bad_operand"},
      {"tables.p.a", R"(,"context":{"table":"q"})", "bad_table"},
      {"tables.p.a", R"(,"context":{"table":null})", "bad_table"},
      {"tables.p.a", R"(,"context":{"k":1},"operand":{"meta.k":2})", "duplicate_key"},
      {"tables.p.a", R"(,"operand":{"fields.x":1,"conn.x":1})", "duplicate_key"},
      {"tables.p.a", R"(,"operand":{"fields.x":1,"x":2})", "duplicate_key"},
      {"tables.p.a", R"(,"operand":{"merge.x":1,"fields.x":1})", "duplicate_key"},
      {"tables.p.a", R"(,"operand":{"fields.x":1,"fields.x":1})", "duplicate_key"},
      {"tables.p", R"(,"operand":{"fields.id":"a","conn.id":"a"})", "duplicate_key"},
  };
  check_rows("NUL", rows);
  const auto twice = parse_operation(R"({"op":"INS","target":"tables.p.a","operand":{"fields.x":1,"conn.x":2}})");
  CHECK_THAT(twice.error().message, Catch::Contains("\"conn.x\"") && Catch::Contains("Two keys of the operand"));
}

TEST_CASE("operands without a name and addresses without sense are refused") {
  const Row rows[] = {
      {"tables.p.a", R"(,"operand":{"fields.":1})", "bad_operand"},
      {"tables.p.a", R"(,"operand":{"meta.":1})", "bad_operand"},
      {"tables.p.a", R"(,"operand":{"":1})", "bad_operand"},
      {"tables.p.a", R"(,"operand":7)", "bad_operand"},
      {"tables.p.a", R"(,"context":[])", "bad_context"},
      {"", "", "bad_address"},
      {"places.p1", "", "bad_address"},
      {"tables.p.", "", "bad_address"},
      {"tables.p.a\\nb", "", "bad_id"},
      {"tables.p.a\\u0000", "", "bad_id"},
      {"tables.p\\t.a", "", "bad_table"},
      {"tables.p", R"(,"operand":{"fields.id":1.5})", "bad_id"},
      {"tables.p", R"(,"operand":{"fields.id":""})", "bad_id"},
  };
  check_rows("INS", rows);
  const auto body = [](const std::string& address) { return R"({"op":"INS","target":")" + address + "\"}"; };
  CHECK(parse_operation(body("tables.t." + std::string(kMaxEntityIdBytes, 'i'))).ok());
  CHECK(parsed(body("tables.t." + std::string(kMaxEntityIdBytes + 1, 'i'))) == "bad_id");
  CHECK(parsed(body("tables.t." + std::string(kMaxEntityIdBytes + 1, 'i') + ".fields.f")) == "bad_id");
  CHECK(parsed(body("tables." + std::string(kMaxTableNameBytes + 1, 't'))) == "bad_table");
}

TEST_CASE("edges and merges in the dot form") {
  CHECK(parsed(R"({"op":"CON","target":"tables.places","operand":{"conn.source":1,"conn.target":"b",)"
               R"("conn.coupling":0.8,"conn.type":"near"}})") ==
        R"(CON {"source":"1","target":"b","coupling":0.8,"type":"near"} {"table":"places"} {})");
  CHECK(parsed(R"({"op":"SYN","target":"tables.places","operand":{"merge.merge_into":"a","merge.merge_from":"b"}})") ==
        R"(SYN {"merge_into":"a","merge_from":"b"} {"table":"places"} {})");
  CHECK(parsed(R"({"op":"CON","target":"tables.t","operand":{"conn.source":1.5,"conn.target":"b"}})") == "bad_id");
  CHECK(parsed(R"({"op":"CON","target":"tables.t","operand":{"conn.coupling":2}})") == "bad_coupling");
}

TEST_CASE("the target \"query\" is a query") {
  const Row queries[] = {
      {"query", R"(,"operand":{"fields.query":"state"})", R"(DES {"query":"state"} {"type":"query"} {})"},
      {"query", R"(,"operand":{"fields.query":"q","meta.source":"s","meta.type":"query"})",
       R"(DES {"query":"q"} {"source":"s","type":"query"} {})"},
      {"query", R"(,"context":{"type":"query"},"operand":{"fields.query":"q"},"frame":{"audit":true})",
       R"(DES {"query":"q"} {"type":"query"} {"audit":true})"},
      {"query", "", "bad_operand"},
      {"query", R"(,"operand":{"fields.query":7})", "bad_operand"},
  };
  check_rows("DES", queries);
  const Row data[] = {{"query", R"(,"operand":{"fields.query":"q"})", R"(INS {"query":"q"} {} {})"}};
  check_rows("INS", data);
}

}  // namespace
}  // namespace choreo
