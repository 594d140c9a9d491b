// Random operations over few tables, ids and fields, so that they meet: dead and missing entities, merges of merges,
// superpositions of superpositions, snapshots, both wire forms. The same seed gives the same sequence.
#pragma once

#include <string>

#include "base/random.h"
#include "operation/operation.h"

namespace choreo::test {

class RandomOperations {
 public:
  explicit RandomOperations(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    if (below(12) == 0) return snapshot();
    if (below(25) == 0) return rule();
    const std::string op(kOperatorNames[below(9)]);
    if (below(4) == 0) return dot_form(op);
    return "{\"op\":\"" + op + "\",\"target\":" + target(op) + ",\"context\":" + context() + ",\"frame\":" + frame() +
           "}";
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_.next_u64() % n; }
  std::string table() { return std::string(1, "tuv"[below(3)]); }
  std::string id() { return std::string("e") + std::to_string(below(8)); }
  // Two ids that are not the same.
  std::string two_ids(const std::string& first, const std::string& second) {
    const std::uint64_t one = below(8);
    const std::uint64_t other = (one + 1 + below(7)) % 8;
    return "\"" + first + "\":\"e" + std::to_string(one) + "\",\"" + second + "\":\"e" + std::to_string(other) + "\"";
  }
  // Members that are no fields come, too.
  std::string member() {
    static constexpr const char* kReserved[] = {"alive", "table", "_ops", "_seg", "_syn_from", "_des", "_provenance"};
    return below(12) == 0 ? kReserved[below(7)] : field();
  }
  std::string field() { return std::string(1, "xyz"[below(3)]); }
  std::string value() {
    static constexpr const char* kValues[] = {
        "1", "1.0", "null", "true", "\"s\"", "[1,{\"a\":2}]", "{\"k\":\"v\"}", "12345678901234567890123", "\"é\\\"\""};
    return kValues[below(9)];
  }
  std::string context() {
    return "{\"table\":\"" + table() + "\"" + (below(5) == 0 ? ",\"boundary\":\"north\"" : "") + "}";
  }
  std::string frame() {
    switch (below(5)) {
      case 0:
        return "{\"source\":\"s\",\"epistemic\":{\"x\":\"seen\"}}";
      case 1:
        return "{\"authority\":\"a\"}";
      default:
        return "{}";
    }
  }
  std::string target(const std::string& op) {
    const std::string with_id = below(15) == 0 ? "{" : "{\"id\":\"" + id() + "\",";
    if (op == "CON")
      return "{\"source\":\"" + id() + "\",\"target\":\"" + id() + "\",\"coupling\":0." + std::to_string(below(100)) +
             "}";
    if (op == "SYN") return "{" + two_ids("merge_into", "merge_from") + "}";
    if (op == "SUP")
      return with_id + "\"field\":\"" + field() + "\",\"variants\":[{\"source\":\"p\",\"value\":" + value() + "}]}";
    if (op == "SEG") return with_id + "\"boundary\":" + (below(3) ? "\"b\"" : "null") + "}";
    if (op == "NUL" && below(2)) return "{\"entity_id\":\"" + id() + "\",\"field\":\"" + field() + "\"}";
    return with_id + "\"" + member() + "\":" + value() + "}";
  }
  std::string dot_form(const std::string& op) {
    if (op == "CON")
      return "{\"op\":\"CON\",\"target\":\"tables." + table() + "\",\"operand\":{\"conn.source\":\"" + id() +
             "\",\"conn.target\":\"" + id() + "\"}}";
    if (op == "SYN")
      return "{\"op\":\"SYN\",\"target\":\"tables." + table() + "\",\"operand\":{" +
             two_ids("merge.primary", "merge.secondary") + "}}";
    if (op == "NUL")
      return "{\"op\":\"NUL\",\"target\":\"tables." + table() + "." + id() + ".fields." + field() + "\"}";
    if (op == "SUP")
      return "{\"op\":\"SUP\",\"target\":\"tables." + table() + "." + id() +
             "\",\"operand\":{\"field\":\"x\",\"variants\":[]}}";
    return "{\"op\":\"" + op + "\",\"target\":\"tables." + table() + "." + id() + "\",\"operand\":{\"fields." +
           field() + "\":" + value() + "}}";
  }
  // In _rules and counted in another table; the same ids are rules and entities.
  std::string rule() {
    const std::string table = below(3) ? this->table() : "_rules";
    return "{\"op\":\"REC\",\"target\":{" + (below(2) ? "\"id\":\"" + id() + "\"," : std::string()) +
           "\"trigger\":{\"op\":\"SUP\",\"match\":{\"target.field\":\"z\"}},\"action\":{\"op\":\"DES\",\"target_"
           "template\":"
           "{\"id\":\"{trigger.target.id}\",\"seen\":true},\"context\":{\"table\":\"{trigger.context.table}\"}}},"
           "\"context\":{\"type\":\"feedback_rule\",\"table\":\"" +
           table + "\"}}";
  }
  std::string snapshot() {
    static constexpr const char* kAbsence[] = {"unchanged", "deleted", "investigate"};
    static constexpr const char* kNulls[] = {"unchanged", "cleared", "unknown"};
    std::string rows;
    for (std::uint64_t i = below(4); i > 0; --i) {
      const std::string x = rows.empty() ? "true" : value();  // one row has a key, whatever is matched on
      rows += std::string(rows.empty() ? "" : ",") + "{\"id\":\"" + id() + "\",\"x\":" + x + ",\"y\":" + value() + "}";
    }
    return "{\"op\":\"REC\",\"target\":{\"rows\":[" + rows +
           "]},\"context\":{\"type\":\"snapshot_ingest\",\"table\":\"" + table() + "\"},\"frame\":{\"match_on\":\"" +
           (below(2) ? "id" : "x") + "\",\"absence_means\":\"" + kAbsence[below(3)] + "\",\"null_fields_mean\":\"" +
           kNulls[below(3)] + "\"}}";
  }

  SeededRandom random_;
};

}  // namespace choreo::test
