#include <catch2/catch.hpp>

#include <algorithm>

#include "operation/wire_forms.h"
#include "projection/memory_store.h"
#include "projection/projector.h"

using namespace choreo;
using projection::MemoryStore;

namespace {

// Applies bodies as operations 1, 2, 3 …
struct Log {
  MemoryStore store;
  std::int64_t head = 0;

  Log& add(const std::string& body) {
    const Draft draft = parse_operation(body).value();
    Operation operation;
    operation.id = ++head;
    operation.op = draft.op;
    operation.target = draft.target;
    operation.context = draft.context;
    operation.frame = draft.frame;
    REQUIRE(projection::apply(operation, store).ok());
    return *this;
  }
  std::string data(const std::string& id, const std::string& table = "t") {
    return store.find(table, id).value().value().data;
  }
  bool alive(const std::string& id, const std::string& table = "t") {
    return store.find(table, id).value().value().alive;
  }
  std::int64_t alive_edges() {
    const auto edges = store.edges();
    return std::count_if(edges.begin(), edges.end(), [](const auto& kept) { return kept.alive; });
  }
  bool has(const std::string& id, const std::string& table = "t") { return store.find(table, id).value().has_value(); }
};

std::string op(const std::string& name, const std::string& target, const std::string& frame = "{}") {
  return "{\"op\":\"" + name + "\",\"target\":" + target + ",\"context\":{\"table\":\"t\"},\"frame\":" + frame + "}";
}

}  // namespace

TEST_CASE("INS creates, merges in place and revives") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1,"y":2})"));
  CHECK(log.data("a") == R"({"x":1,"y":2,"_ops":{"INS":1}})");
  log.add(op("NUL", R"({"id":"a"})")).add(op("INS", R"({"id":"a","x":1.0,"z":null})"));
  CHECK(log.alive("a"));
  CHECK(log.data("a") == R"({"x":1.0,"y":2,"_ops":{"INS":2,"NUL":1},"z":null})");
}

TEST_CASE("INS without an id, and ALT of nothing, change nothing") {
  Log log;
  log.add(op("INS", R"({"x":1})")).add(op("ALT", R"({"id":"a","x":1})"));
  CHECK(log.store.size() == 0);
}

TEST_CASE("ALT merges, and leaves the dead dead") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1})"))
      .add(op("NUL", R"({"id":"a"})"))
      .add(op("ALT", R"({"id":"a","x":{"k":[1]}})"));
  CHECK_FALSE(log.alive("a"));
  CHECK(log.data("a") == R"({"x":{"k":[1]},"_ops":{"INS":1,"NUL":1,"ALT":1}})");
}

TEST_CASE("DES merges into _des, its query left out") {
  Log log;
  log.add(op("INS", R"({"id":"a"})"))
      .add(op("DES", R"({"id":"a","n":"x","query":"q"})"))
      .add(op("DES", R"({"id":"a","n":"y","m":1})"));
  CHECK(log.data("a") == R"({"_ops":{"INS":1,"DES":2},"_des":{"n":"y","m":1}})");
}

TEST_CASE("NUL of a field destroys the field only, even with an id beside it") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1})")).add(op("NUL", R"({"id":"a","field":"x"})"));
  CHECK(log.alive("a"));
  CHECK(log.data("a") == R"({"x":{"_nul":true,"op_id":2},"_ops":{"INS":1,"NUL":1}})");
  log.add(op("NUL", R"({"entity_id":"a","field":"new"})"));
  CHECK(log.data("a") == R"({"x":{"_nul":true,"op_id":2},"_ops":{"INS":1,"NUL":2},"new":{"_nul":true,"op_id":3}})");
}

TEST_CASE("NUL of an entity ends its edges; of nothing, none") {
  Log log;
  log.add(op("INS", R"({"id":"a"})"))
      .add(op("CON", R"({"source":"a","target":"b"})"))
      .add(op("CON", R"({"source":"c","target":"a"})"));
  log.add(op("CON", R"({"source":"c","target":"d"})")).add(op("NUL", R"({"id":"c"})"));
  CHECK(log.alive_edges() == 3);
  log.add(op("NUL", R"({"id":"a"})"));
  CHECK(log.alive_edges() == 1);
}

TEST_CASE("CON takes its defaults, keeps the coupling's text and counts on alive endpoints") {
  Log log;
  log.add(op("INS", R"({"id":"a"})"));
  log.add(R"({"op":"INS","target":{"id":"a"},"context":{"table":"s"}})");
  log.add(op("CON", R"({"id":"e","from":"a","to":"zz","coupling":0.70,"type":"k"})"));
  REQUIRE(log.store.edges().size() == 1);
  const auto edge = log.store.edges()[0].edge;
  CHECK(edge.source == "a");
  CHECK(edge.target == "zz");
  CHECK(edge.coupling == "0.70");
  CHECK(edge.stance == "essential");
  CHECK(edge.data == R"({"type":"k"})");
  CHECK(log.data("a", "s") == R"({"_ops":{"INS":1,"CON":1}})");  // the alphabetically first table
  CHECK(log.data("a", "t") == R"({"_ops":{"INS":1}})");
  log.add(op("CON", R"({"source":"x","target":"y"})")).add(op("CON", R"({"source":"x","target":"y","coupling":0.55})"));
  CHECK(log.store.edges()[1].edge.coupling == "0.5");
  CHECK(log.store.edges()[1].edge.stance == "accidental");
  CHECK(log.store.edges()[2].edge.stance == "generative");
}

TEST_CASE("CON counts each end that it names") {
  Log log;
  log.add(op("INS", R"({"id":"a"})")).add(op("CON", R"({"source":"a","target":"a"})"));
  CHECK(log.data("a") == R"({"_ops":{"INS":1,"CON":2}})");
  CHECK(log.store.edges().size() == 1);
  log.add(op("CON", R"({"source":"a"})")).add(op("CON", R"({"to":"a"})"));
  CHECK(log.data("a") == R"({"_ops":{"INS":1,"CON":4}})");
  CHECK(log.store.edges().size() == 1);  // no edge without both ends
}

TEST_CASE("SYN lays into's fields over from's, ends from and moves its edges") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1,"y":1})")).add(op("INS", R"({"id":"b","y":2,"z":2})"));
  log.add(op("CON", R"({"source":"b","target":"q"})"));
  log.add(op("SYN", R"({"merge_into":"a","merge_from":"b"})"));
  CHECK(log.data("a") == R"({"y":1,"z":2,"_ops":{"INS":1,"SYN":1},"x":1,"_syn_from":["b"]})");
  CHECK_FALSE(log.alive("b"));
  CHECK(log.store.edges()[0].edge.source == "a");
  log.add(op("INS", R"({"id":"c"})")).add(op("SYN", R"({"primary":"c","secondary":"a"})"));
  // The list is laid over like any field: a's was taken over before it gained a.
  CHECK(log.data("c").find(R"("_syn_from":["b","a"])") != std::string::npos);
  log.add(op("SYN", R"({"merge_into":"c","merge_from":"nobody"})"));
  CHECK(log.data("c").find(R"("SYN":2)") != std::string::npos);
  CHECK(log.alive("c"));
}

TEST_CASE("SUP replaces the field by its variants") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1})"))
      .add(op("SUP", R"({"id":"a","field":"x","variants":[{"source":"s","value":1.50}]})"));
  CHECK(log.data("a") == R"({"x":{"_sup":[{"source":"s","value":1.50}],"op_id":2},"_ops":{"INS":1,"SUP":1}})");
}

TEST_CASE("SEG collects boundaries from target, else from context") {
  Log log;
  log.add(op("INS", R"({"id":"a"})")).add(op("SEG", R"({"id":"a","boundary":"n"})"));
  log.add(R"({"op":"SEG","target":{"id":"a"},"context":{"table":"t","boundary":"s"}})").add(op("SEG", R"({"id":"a"})"));
  CHECK(log.data("a") ==
        R"({"_ops":{"INS":1,"SEG":3},"_seg":[{"boundary":"n","op_id":2},{"boundary":"s","op_id":3}]})");
}

TEST_CASE("provenance is written for each field that INS and ALT set") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1,"y":2})", R"({"epistemic":{"x":"seen"},"source":"walk"})"));
  CHECK(log.data("a") == R"({"x":1,"y":2,"_provenance":{"x":{"op_id":1,"epistemic":"seen","source":"walk"},)"
                         R"("y":{"op_id":1,"epistemic":"unknown","source":"walk"}},"_ops":{"INS":1}})");
  log.add(op("ALT", R"({"id":"a","y":3})", R"({"authority":"city","source":""})"));
  CHECK(log.data("a").find(R"("y":{"op_id":2,"authority":"city"})") != std::string::npos);
  log.add(op("ALT", R"({"id":"a"})", R"({"authority":"nobody"})"));
  CHECK(log.data("a").find("nobody") == std::string::npos);
  log.add(op("ALT", R"({"id":"a","y":4})", R"({"reason":"r"})"));
  CHECK(log.data("a").find(R"("y":{"op_id":2,"authority":"city"})") != std::string::npos);
}

TEST_CASE("provenance of no field is noted as none") {
  Log log;
  log.add(op("INS", R"({"id":"a"})", R"({"source":"walk"})"));
  CHECK(log.data("a") == R"({"_provenance":{},"_ops":{"INS":1}})");
}

TEST_CASE("fields that carry our own names do not break the counting") {
  Log log;
  log.add(op("INS", R"({"id":"a","_ops":"mine","_seg":7,"_des":[],"_provenance":1})"));
  log.add(op("SEG", R"({"id":"a","boundary":"b"})")).add(op("DES", R"({"id":"a","n":1})"));
  log.add(op("ALT", R"({"id":"a","x":1})", R"({"source":"s"})"));
  CHECK(log.data("a") ==
        R"({"_ops":{"INS":1,"SEG":1,"DES":1,"ALT":1},"_seg":[{"boundary":"b","op_id":2}],"_des":{"n":1},)"
        R"("x":1,"_provenance":{"x":{"op_id":4,"source":"s"}}})");
}

TEST_CASE("a feedback rule is stored whole, other RECs only counted") {
  Log log;
  log.add(R"({"op":"REC","target":{"trigger":{"op":"ALT","match":{}},"action":{"op":"DES","target_template":{}}},)"
          R"("context":{"type":"feedback_rule"}})");
  CHECK(log.has("rule-1", "_rules"));
  CHECK(log.store.find("_rules", "rule-1").value()->data.find("_ops") == std::string::npos);
  log.add(op("INS", R"({"id":"a"})")).add(op("REC", R"({"id":"a","note":1})"));
  CHECK(log.data("a") == R"({"_ops":{"INS":1,"REC":1}})");
  // Counted on the entity of the context's table, which may be the rule itself.
  log.add(
      R"({"op":"REC","target":{"id":"a","trigger":{"op":"ALT"},"action":{"op":"DES","target_template":{}}},"context":{"table":"t","type":"feedback_rule"}})");
  CHECK(log.data("a") == R"({"_ops":{"INS":1,"REC":2}})");
  log.add(
      R"({"op":"REC","target":{"id":"r","trigger":{"op":"ALT"},"action":{"op":"DES","target_template":{}}},"context":{"table":"_rules","type":"feedback_rule"}})");
  CHECK(log.store.find("_rules", "r").value()->data.find(R"("_ops":{"REC":1})") != std::string::npos);
}

namespace {

// What an earlier version took, and a log may hold: not checked.
void add_unchecked(Log& log, Operator op, const std::string& target, const std::string& frame = "{}") {
  Operation operation;
  operation.id = ++log.head;
  operation.op = op;
  operation.target = target;
  operation.context = R"({"table":"t"})";
  operation.frame = frame;
  REQUIRE(projection::apply(operation, log.store).ok());
}

}  // namespace

TEST_CASE("faults_b11_c7_members_that_the_server_keeps_are_no_fields") {
  Log log;
  log.add(op("INS", R"({"id":"a","table":"12","alive":true,"_ops":{"INS":7},"_seg":1,"_alive":0,"x":1,"_note":2})",
             R"({"source":"s"})"));
  const std::string provenance = R"("_provenance":{"x":{"op_id":1,"source":"s"},"_note":{"op_id":1,"source":"s"}})";
  CHECK(log.data("a") == R"({"x":1,"_note":2,)" + provenance + R"(,"_ops":{"INS":1}})");
  log.add(
      op("ALT", R"({"id":"a","_provenance":{},"_des":[],"_syn_from":null,"_collapsed":1,"_suspended":1,"_table":1})"));
  CHECK(log.data("a") == R"({"x":1,"_note":2,)" + provenance + R"(,"_ops":{"INS":1,"ALT":1}})");
  log.add(op("DES", R"({"id":"a","alive":1,"n":2})"));
  CHECK(log.data("a") == R"({"x":1,"_note":2,)" + provenance + R"(,"_ops":{"INS":1,"ALT":1,"DES":1},"_des":{"n":2}})");
}

TEST_CASE("faults_c7_a_rule_is_stored_without_what_is_no_field") {
  Log log;
  log.add(R"({"op":"REC","target":{"id":"r","alive":false,"note":1,"trigger":{"op":"ALT"},)"
          R"("action":{"op":"DES","target_template":{}}},"context":{"type":"feedback_rule"}})");
  CHECK(log.data("r", "_rules") ==
        R"({"id":"r","note":1,"trigger":{"op":"ALT"},"action":{"op":"DES","target_template":{}}})");
}

TEST_CASE("faults_c7_old_logs_that_name_no_field_count_and_set_nothing") {
  for (const char* field : {"id", "table", "alive", "_ops", "_provenance", "_des", "_seg", "_syn_from"}) {
    INFO(field);
    Log log;
    log.add(op("INS", R"({"id":"a","x":1})"));
    add_unchecked(log, Operator::NUL, R"({"id":"a","field":")" + std::string(field) + "\"}");
    add_unchecked(log, Operator::SUP, R"({"id":"a","variants":[1],"field":")" + std::string(field) + "\"}");
    CHECK(log.alive("a"));
    CHECK(log.data("a") == R"({"x":1,"_ops":{"INS":1,"NUL":1,"SUP":1}})");
  }
}

TEST_CASE("faults_b12_an_old_log_that_merges_an_entity_into_itself_leaves_it_alive") {
  Log log;
  log.add(op("INS", R"({"id":"a","x":1})")).add(op("CON", R"({"source":"a","target":"b"})"));
  add_unchecked(log, Operator::SYN, R"({"merge_into":"a","merge_from":"a"})");
  CHECK(log.alive("a"));
  CHECK(log.data("a") == R"({"x":1,"_ops":{"INS":1,"CON":1,"SYN":1}})");
  CHECK(log.alive_edges() == 1);
}

TEST_CASE("faults_b11_c7_b12_what_version_0_1_0_applied_otherwise_is_known") {
  const auto otherwise = [](Operator op, const char* target, const char* context = R"({"table":"t"})") {
    Operation operation;
    operation.op = op;
    operation.target = target;
    operation.context = context;
    return projection::applied_otherwise_before(operation);
  };
  CHECK(otherwise(Operator::INS, R"({"id":"a","table":"12"})"));
  CHECK(otherwise(Operator::ALT, R"({"id":"a","_ops":1})"));
  CHECK(otherwise(Operator::DES, R"({"id":"a","alive":1})"));
  CHECK(otherwise(Operator::NUL, R"({"id":"a","field":"id"})"));
  CHECK(otherwise(Operator::SUP, R"({"id":"a","field":"_seg","variants":[]})"));
  CHECK(otherwise(Operator::SYN, R"({"merge_into":"a","secondary":"a"})"));
  CHECK(otherwise(Operator::REC, R"({"id":"r","alive":1})", R"({"type":"feedback_rule"})"));
  CHECK_FALSE(otherwise(Operator::INS, R"({"id":"a","x":{"_ops":1}})"));
  CHECK_FALSE(otherwise(Operator::NUL, R"({"id":"a","field":"x"})"));
  CHECK_FALSE(otherwise(Operator::SYN, R"({"merge_into":"a","merge_from":"b"})"));
  CHECK_FALSE(otherwise(Operator::SYN, R"({"x":1})"));
  CHECK_FALSE(otherwise(Operator::REC, R"({"id":"r","alive":1})"));
  CHECK_FALSE(otherwise(Operator::CON, R"({"source":"a","target":"a","table":"t"})"));
}
