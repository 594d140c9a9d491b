// One operation of the log, before (Draft) and after (Operation) it got its place there. See SPEC 2.
// All JSON texts here are canonical (json/canonical.h). Values; no shared state.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operation/warning.h"

namespace choreo {

enum class Operator : std::uint8_t { NUL, DES, INS, SEG, CON, SYN, ALT, SUP, REC };
inline constexpr std::array<std::string_view, 9> kOperatorNames = {"NUL", "DES", "INS", "SEG", "CON",
                                                                   "SYN", "ALT", "SUP", "REC"};
inline std::string_view name_of(Operator op) {
  return kOperatorNames[static_cast<std::size_t>(op)];
}
std::optional<Operator> operator_named(std::string_view name);

struct Draft {
  Operator op = Operator::INS;
  std::string target = "{}";
  std::string context = "{}";
  std::string frame = "{}";
  std::string guid;                   // the client's own, normalized; empty: one is made
  std::optional<std::int64_t> ts_ms;  // only seed honours it
  bool makes_id = false;              // an INS without an id: it gets the operation's guid as its id
  std::vector<Warning> warnings;      // what can be known without the state
};

struct Operation {
  std::int64_t id = 0;
  std::string pretty_id;
  std::string guid;
  std::string ts;
  Operator op = Operator::INS;
  std::string target = "{}";
  std::string context = "{}";
  std::string frame = "{}";
};

// PREFIX-id of SPEC 2: of the name, whatever it holds, and of the id only where there is no name. Letters are
// Unicode's.
std::string pretty_id(std::string_view target, std::int64_t id);

// Appends {"id":…,"pretty_id":…,"guid":…,"ts":…,"op":…,"target":…,"context":…,"frame":…}, the form of the stream and of
// GET /{i}/operations. A webhook's body is the same text with `"op_id"` for `"id"` (webhook_body).
void append_json(std::string& out, const Operation& operation);
std::string webhook_body(std::string_view operation_json);

// The target with an id as its first member. REQUIRES: it has none.
std::string with_id(std::string_view target, std::string_view id);

// context.table as UTF-8, or "_default".
std::string table_of(std::string_view context);

// The entity ids that a target names (UTF-8, each once, in order of first mention): id, entity_id, source, from,
// target, to, merge_into, primary, merge_from, secondary. What biographies and entity filters go by.
std::vector<std::string> mentioned_ids(std::string_view target);

}  // namespace choreo
