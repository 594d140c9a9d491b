// A query of EOQL, taken apart (SPEC 5; docs/eoql.md). Values; what parse() returns has been checked whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace choreo::eoql {

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
  only_dead,     // true: only dead ones
};

struct Literal {
  std::string json;  // canonical JSON: a string, number, true, false or null
  std::size_t position = 0;
};

struct Condition {
  Scope scope = Scope::target;
  std::string name;  // the field, without its prefix; UTF-8
  Comparison comparison = Comparison::equal;
  Literal value;
};

struct ChainQuery {
  int hops = 1;                        // 1..16
  std::string min_coupling = "0";      // a JSON number, 0..1
  std::optional<std::string> stance;   // follow only these
  std::optional<std::string> exclude;  // never these
};

struct StateQuery {
  std::optional<std::string> table;   // nothing: _default, or all tables where an id is asked for
  std::optional<std::string> at;      // as written
  std::optional<std::int64_t> at_ms;  // Unix milliseconds of `at`
  std::optional<std::int64_t> at_op;
  std::optional<std::int64_t> limit;  // 1..kMaxLimit
  std::string order;                  // a field, "" for by id
  bool descending = false;
  std::vector<Condition> filters;  // all must hold
  std::optional<ChainQuery> chain;
};

struct StreamQuery {
  std::optional<std::string> op;
  std::optional<std::int64_t> after_ms;   // Unix milliseconds; later than
  std::optional<std::int64_t> before_ms;  // earlier than
  std::int64_t limit = 100;               // 1..kMaxLimit
  std::vector<Condition> filters;
};

using Query = std::variant<StateQuery, StreamQuery>;

inline constexpr std::int64_t kMaxLimit = 10000;
inline constexpr std::int64_t kMaxHops = 16;
inline constexpr std::size_t kMaxQueryBytes = 64 * 1024;

}  // namespace choreo::eoql
