// A query of EOQL, taken apart (SPEC 5; docs/eoql.md).
//
// Purpose: what the parser hands to the executor. Values without invariants of their own; what parse() returns has been
// checked whole: limits, names of operators and stances, dates. Nothing says whether a table or a field exists.
// Thread-safety: values; no shared state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace choreo::eoql {

inline constexpr std::int64_t kMaxLimit = 10000;
inline constexpr std::int64_t kDefaultStreamLimit = 100;
inline constexpr std::int64_t kMaxHops = 16;
inline constexpr std::size_t kMaxQueryBytes = 64u << 10;  // 64 KiB
// Each filter is held against each entity scanned, and its key may be a path into it: both are bounded.
inline constexpr std::size_t kMaxParameters = 100;  // between one pair of parentheses
inline constexpr std::size_t kMaxKeyBytes = 1024;
inline constexpr std::size_t kMaxWhereBytes = 4096;  // conditions of a webhook or a feedback rule

enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal };

// What a condition is held against.
enum class Scope {
  target,        // a field of the entity, or of the operation's target: `target.x` or bare `x`
  context,       // of the operation's context (stream only)
  frame,         // any provenance entry's x (state), the operation's frame (stream)
  segment,       // _seg.boundary
  has_sup,       // a field is superposed
  has_nul,       // a field is destroyed
  ops,           // _ops.X, how often
  include_dead,  // true: dead entities too
  only_dead,     // true: only dead ones, whatever include_dead says
};

struct Literal {
  std::string json;  // canonical JSON: a string, number, true, false or null; numbers as written
  std::size_t position = 0;
};

struct Condition {
  Scope scope = Scope::target;
  std::string name;  // the field or path without its prefix, UTF-8, not empty; an operator for ops; "" for the _flags
  Comparison comparison = Comparison::equal;  // equal for has_sup, has_nul, include_dead and only_dead
  Literal value;                              // true or false for those four
};

struct ChainQuery {
  int hops = 1;                        // 0..kMaxHops
  std::string min_coupling = "0";      // a JSON number as written, 0..1
  std::optional<std::string> stance;   // follow only these: accidental, essential or generative
  std::optional<std::string> exclude;  // never these
};

struct StateQuery {
  std::optional<std::string> table;   // nothing: _default, or all tables where an id is asked for
  std::optional<std::string> at;      // as written
  std::optional<std::int64_t> at_ms;  // Unix milliseconds of `at`; there exactly if `at` is
  std::optional<std::int64_t> at_op;  // an operation's id, 0 or more
  std::optional<std::int64_t> limit;  // 1..kMaxLimit
  std::string order;                  // a field without `target.`; "" for by id
  bool descending = false;
  std::vector<Condition> filters;  // all must hold; at most kMaxParameters
  std::optional<ChainQuery> chain;
};

struct StreamQuery {
  std::optional<std::string> op;          // one of the nine
  std::vector<std::string> not_ops;       // none of these
  std::optional<std::int64_t> after_ms;   // Unix milliseconds; later than
  std::optional<std::int64_t> before_ms;  // earlier than
  std::int64_t limit = kDefaultStreamLimit;
  std::vector<Condition> filters;  // target, context and frame; all must hold; at most kMaxParameters
};

using Query = std::variant<StateQuery, StreamQuery>;

}  // namespace choreo::eoql
