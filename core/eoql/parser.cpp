#include "eoql/parser.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/timestamp.h"
#include "eoql/lexer.h"
#include "eoql/parameters.h"
#include "json/string.h"

namespace choreo::eoql {
namespace {

constexpr std::array<std::string_view, 9> kOperators = {"NUL", "DES", "INS", "SEG", "CON", "SYN", "ALT", "SUP", "REC"};

Comparison comparison_of(std::string_view text) {
  if (text == "!=") return Comparison::not_equal;
  if (text == "<") return Comparison::less;
  if (text == "<=") return Comparison::less_equal;
  if (text == ">") return Comparison::greater;
  if (text == ">=") return Comparison::greater_equal;
  return Comparison::equal;
}

bool is_operator(std::string_view name) {
  return std::find(kOperators.begin(), kOperators.end(), name) != kOperators.end();
}

// "x" of a key with that prefix; nothing for another key, or one that ends with the prefix.
std::optional<std::string> after_prefix(const std::string& key, std::string_view prefix) {
  if (!key.starts_with(prefix) || key.size() == prefix.size()) return std::nullopt;
  return key.substr(prefix.size());
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}
  Result<Query> query();

 private:
  Status advance() {
    CHOREO_ASSIGN(token_, lexer_.next());
    return {};
  }
  Status expect(TokenKind kind, const char* what) {
    if (token_.kind != kind)
      return bad_query(token_.position, std::string("expected ") + what + ", found " + shown(token_) + ".");
    return advance();
  }
  Result<std::vector<Parameter>> parameters();
  Result<Parameter> parameter();
  Result<Query> call(const Token& name);
  Result<Query> meta(std::size_t position);
  Result<ChainQuery> chain();

  Lexer lexer_;
  Token token_;
};

// --- state

Status set_state(StateQuery& query, const Parameter& p) {
  const auto condition = [&](Scope scope, std::string name) {
    query.filters.push_back({scope, std::move(name), p.comparison, p.value});
    return Status();
  };
  if (p.key == "context.table") {
    CHOREO_ASSIGN(query.table, text_value(p));
    return {};
  }
  if (p.key == "at") {
    CHOREO_ASSIGN(query.at_ms, time_value(p));
    query.at = p.text;
    return {};
  }
  if (p.key == "at_op") {
    CHOREO_ASSIGN(query.at_op, integer_value(p, 0, INT64_MAX));
    return {};
  }
  if (p.key == "limit") {
    CHOREO_ASSIGN(query.limit, integer_value(p, 1, kMaxLimit));
    return {};
  }
  if (p.key == "order") {
    CHOREO_ASSIGN(query.order, text_value(p));
    query.descending = query.order[0] == '-';
    if (query.descending) query.order.erase(0, 1);
    if (auto field = after_prefix(query.order, "target.")) query.order = *field;
    if (query.order.empty()) return bad_query(p.value.position, "'order' must be a field or -field.");
    return {};
  }
  if (p.key == "_has_sup" || p.key == "_has_nul" || p.key == "_include_dead" || p.key == "_only_dead") {
    CHOREO_TRY(require_boolean(p));
    return condition(p.key == "_has_sup"        ? Scope::has_sup
                     : p.key == "_has_nul"      ? Scope::has_nul
                     : p.key == "_include_dead" ? Scope::include_dead
                                                : Scope::only_dead,
                     "");
  }
  if (p.key == "_seg.boundary") return condition(Scope::segment, "boundary");
  if (auto op = after_prefix(p.key, "_ops.")) {
    if (!is_operator(*op))
      return bad_query(p.position, "'_ops.' is followed by one of NUL DES INS SEG CON SYN ALT SUP REC.");
    return condition(Scope::ops, *op);
  }
  if (auto field = after_prefix(p.key, "frame.")) return condition(Scope::frame, *field);
  if (auto field = after_prefix(p.key, "target.")) return condition(Scope::target, *field);
  if (p.key.starts_with("context.")) return bad_query(p.position, "of the context, state() knows only context.table.");
  return condition(Scope::target, p.key);
}

// --- stream

Status set_stream(StreamQuery& query, const Parameter& p) {
  if (p.key == "op") {
    CHOREO_ASSIGN(query.op, text_value(p));
    if (!is_operator(*query.op))
      return bad_query(p.value.position, "'op' must be one of NUL DES INS SEG CON SYN ALT SUP REC.");
    return {};
  }
  if (p.key == "after") {
    CHOREO_ASSIGN(query.after_ms, time_value(p));
    return {};
  }
  if (p.key == "before") {
    CHOREO_ASSIGN(query.before_ms, time_value(p));
    return {};
  }
  if (p.key == "limit") {
    CHOREO_ASSIGN(query.limit, integer_value(p, 1, kMaxLimit));
    return {};
  }
  constexpr std::pair<std::string_view, Scope> kScopes[] = {
      {"target.", Scope::target}, {"context.", Scope::context}, {"frame.", Scope::frame}};
  for (const auto& [prefix, scope] : kScopes) {
    const auto field = after_prefix(p.key, prefix);
    if (!field) continue;
    query.filters.push_back({scope, *field, p.comparison, p.value});
    return {};
  }
  return bad_query(p.position,
                   "stream() knows op, after, before, limit, context.x, target.x and frame.x, not '" + p.key + "'.");
}

Status set_chain(ChainQuery& chain, const Parameter& p) {
  if (p.key == "hops") {
    CHOREO_ASSIGN(const std::int64_t hops, integer_value(p, 1, kMaxHops));
    chain.hops = static_cast<int>(hops);
    return {};
  }
  if (p.key == "min_coupling") {
    CHOREO_ASSIGN(chain.min_coupling, coupling_value(p));
    return {};
  }
  if (p.key == "stance") {
    CHOREO_ASSIGN(chain.stance, stance_value(p));
    return {};
  }
  if (p.key == "exclude") {
    CHOREO_ASSIGN(chain.exclude, stance_value(p));
    return {};
  }
  return bad_query(p.position, "CON() knows hops, stance, exclude and min_coupling, not '" + p.key + "'.");
}

// Filters may be given again, and must all hold; these name one thing.
bool is_single(std::string_view key) {
  static constexpr std::array<std::string_view, 15> kSingle = {
      "context.table", "at", "at_op", "limit",  "order",   "_has_sup",     "_has_nul", "_include_dead",
      "_only_dead",    "op", "hops",  "stance", "exclude", "min_coupling", "after"};
  return std::find(kSingle.begin(), kSingle.end(), key) != kSingle.end() || key == "before";
}

Result<Parameter> Parser::parameter() {
  Parameter parameter;
  parameter.key = token_.text;
  parameter.position = token_.position;
  if (token_.kind != TokenKind::word && token_.kind != TokenKind::string)
    return bad_query(token_.position, "expected a key such as context.table or a field, found " + shown(token_) + ".");
  if (parameter.key.empty()) return bad_query(token_.position, "a key must not be empty.");
  CHOREO_TRY(advance());
  if (token_.kind != TokenKind::comparison)
    return bad_query(token_.position,
                     "expected = != < <= > or >= after '" + parameter.key + "', found " + shown(token_) + ".");
  parameter.comparison = comparison_of(token_.text);
  CHOREO_TRY(advance());
  if (token_.kind != TokenKind::word && token_.kind != TokenKind::string)
    return bad_query(token_.position, "expected a value for '" + parameter.key + "', found " + shown(token_) + ".");
  parameter.value = literal_of(token_);
  parameter.text = token_.text;
  CHOREO_TRY(advance());
  return parameter;
}

Result<std::vector<Parameter>> Parser::parameters() {
  std::vector<Parameter> out;
  std::set<std::string> seen;
  CHOREO_TRY(expect(TokenKind::open, "'('"));
  while (token_.kind != TokenKind::close) {
    CHOREO_ASSIGN(Parameter next, parameter());
    if (is_single(next.key) && !seen.insert(next.key).second)
      return bad_query(next.position, "'" + next.key + "' is given twice.");
    out.push_back(std::move(next));
    if (token_.kind == TokenKind::close) break;
    CHOREO_TRY(expect(TokenKind::comma, "',' or ')'"));
    if (token_.kind == TokenKind::close) return bad_query(token_.position, "expected a key after ',', found ')'.");
  }
  CHOREO_TRY(advance());
  return out;
}

Result<ChainQuery> Parser::chain() {
  if (token_.kind != TokenKind::word || token_.text != "CON")
    return bad_query(token_.position, "expected CON(…) after '>>', found " + shown(token_) + ".");
  CHOREO_TRY(advance());
  CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
  ChainQuery chain;
  for (const Parameter& p : given) CHOREO_TRY(set_chain(chain, p));
  return chain;
}

Result<Query> Parser::meta(std::size_t position) {
  CHOREO_TRY(expect(TokenKind::open, "'('"));
  static constexpr std::array<std::string_view, 4> kNames = {"types", "rules", "fields", "emergent"};
  const bool known =
      token_.kind == TokenKind::word && std::find(kNames.begin(), kNames.end(), token_.text) != kNames.end();
  if (!known)
    return bad_query(token_.kind == TokenKind::end ? position : token_.position,
                     "meta() takes types, rules, fields or emergent.");
  StateQuery query;
  query.table = "_" + token_.text;
  CHOREO_TRY(advance());
  CHOREO_TRY(expect(TokenKind::close, "')'"));
  return Query(std::move(query));
}

Result<Query> Parser::call(const Token& name) {
  if (name.text == "meta") return meta(name.position);
  if (name.text == "stream") {
    CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
    StreamQuery query;
    for (const Parameter& p : given) CHOREO_TRY(set_stream(query, p));
    return Query(std::move(query));
  }
  if (name.text != "state")
    return bad_query(name.position,
                     "expected state(…), stream(…), meta(…) or a table's name, found " + shown(name) + ".");
  CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
  StateQuery query;
  for (const Parameter& p : given) CHOREO_TRY(set_state(query, p));
  if (token_.kind == TokenKind::chain) {
    CHOREO_TRY(advance());
    CHOREO_ASSIGN(query.chain, chain());
  }
  return Query(std::move(query));
}

Result<Query> Parser::query() {
  CHOREO_TRY(advance());
  const Token first = token_;
  if ((first.kind != TokenKind::word && first.kind != TokenKind::string) || first.text.empty())
    return bad_query(first.position,
                     "expected state(…), stream(…), meta(…) or a table's name, found " + shown(first) + ".");
  CHOREO_TRY(advance());
  if (first.kind == TokenKind::word && token_.kind == TokenKind::open) {
    CHOREO_ASSIGN(Query parsed, call(first));
    CHOREO_TRY(expect(TokenKind::end, "the end of the query"));
    return parsed;
  }
  CHOREO_TRY(expect(TokenKind::end, "'(' or the end of the query"));
  StateQuery table;
  table.table = first.text;
  return Query(std::move(table));
}

}  // namespace

Result<Query> parse(std::string_view text) {
  if (text.size() > kMaxQueryBytes)
    return bad_query(kMaxQueryBytes, "a query has at most " + std::to_string(kMaxQueryBytes) + " bytes.");
  if (!json::is_utf8(text)) return bad_query(0, "a query must be valid UTF-8.");
  return Parser(text).query();
}

}  // namespace choreo::eoql
