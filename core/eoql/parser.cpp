#include "eoql/parser.h"

#include <algorithm>
#include <array>

#include "eoql/keys.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::eoql {
namespace {

constexpr const char* kStart = "state(…), stream(…), meta(…) or a table's name";

Comparison comparison_of(std::string_view text) {
  if (text == "!=") return Comparison::not_equal;
  if (text == "<") return Comparison::less;
  if (text == "<=") return Comparison::less_equal;
  if (text == ">") return Comparison::greater;
  if (text == ">=") return Comparison::greater_equal;
  return Comparison::equal;
}

// Letters, digits, '_', '.', '-' and whatever is not ASCII.
bool is_bare_key(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-' || static_cast<unsigned char>(c) >= 0x80;
  });
}

bool is_text(const Token& token) {
  return token.kind == TokenKind::word || token.kind == TokenKind::string;
}

// Neither true, false nor null is less or greater than anything: no operation would meet it.
Status check_order(const Parameter& p) {
  if (p.comparison == Comparison::equal || p.comparison == Comparison::not_equal) return {};
  const json::Kind kind = json::kind_of(p.value.json);
  if (kind == json::Kind::number || kind == json::Kind::string) return {};
  return expected(p.value.position, "a number or a text after '" + p.comparison_token.text + "'",
                  "'" + p.value.json + "'");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}
  Result<Query> query();
  Result<std::vector<Condition>> conditions();
  Result<Compared> comparison();

 private:
  Status advance() {
    CHOREO_ASSIGN(token_, lexer_.next());
    return {};
  }
  Status expect(TokenKind kind, const char* what) {
    if (token_.kind != kind) return expected(what, token_);
    return advance();
  }
  Result<Query> call(const Token& name);
  Result<Query> state();
  Result<Query> stream();
  Result<Query> meta();
  Result<ChainQuery> chain();
  Result<std::vector<Parameter>> parameters();
  Result<Parameter> parameter();
  Status compared(Parameter& parameter, const std::string& name);
  Status key(Parameter& parameter);

  Lexer lexer_;
  Token token_;                  // read, not yet taken
  const char* alone_ = nullptr;  // what a name without comparison would be here
};

Result<Query> Parser::query() {
  CHOREO_TRY(advance());
  const Token first = token_;
  if (!is_text(first) || first.text.empty()) return expected(kStart, first);
  CHOREO_TRY(advance());
  if (first.kind == TokenKind::word && token_.kind == TokenKind::open) {
    CHOREO_ASSIGN(Query parsed, call(first));
    CHOREO_TRY(expect(TokenKind::end, "the end of the query"));
    return parsed;
  }
  CHOREO_TRY(expect(TokenKind::end, "the end of the query after a table's name"));
  StateQuery table;
  table.table = first.text;
  return Query(std::move(table));
}

Result<Query> Parser::call(const Token& name) {
  if (name.text == "state") return state();
  if (name.text == "stream") return stream();
  if (name.text == "meta") return meta();
  return expected(kStart, name);
}

Result<Query> Parser::state() {
  alone_ = "a table is context.table=";
  CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
  CHOREO_ASSIGN(StateQuery query, state_query(given));
  if (token_.kind == TokenKind::chain) {
    CHOREO_TRY(advance());
    CHOREO_ASSIGN(query.chain, chain());
  } else if (token_.kind != TokenKind::end) {
    return expected("'>>' or the end of the query", token_);
  }
  return Query(std::move(query));
}

Result<Query> Parser::stream() {
  alone_ = "an operator is op=";
  CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
  CHOREO_ASSIGN(StreamQuery query, stream_query(given));
  return Query(std::move(query));
}

Result<Query> Parser::meta() {
  static constexpr std::array<std::string_view, 4> kNames = {"types", "rules", "fields", "emergent"};
  CHOREO_TRY(expect(TokenKind::open, "'('"));
  if (!is_text(token_) || std::find(kNames.begin(), kNames.end(), token_.text) == kNames.end())
    return expected("types, rules, fields or emergent in meta()", token_);
  StateQuery query;
  query.table = "_" + token_.text;
  CHOREO_TRY(advance());
  CHOREO_TRY(expect(TokenKind::close, "')' after the name"));
  return Query(std::move(query));
}

Result<ChainQuery> Parser::chain() {
  alone_ = nullptr;
  if (token_.kind != TokenKind::word || token_.text != "CON") return expected("CON(…) after '>>'", token_);
  CHOREO_TRY(advance());
  CHOREO_ASSIGN(const std::vector<Parameter> given, parameters());
  return chain_query(given);
}

Result<std::vector<Parameter>> Parser::parameters() {
  std::vector<Parameter> out;
  CHOREO_TRY(expect(TokenKind::open, "'('"));
  while (token_.kind != TokenKind::close) {
    if (!out.empty()) CHOREO_TRY(expect(TokenKind::comma, "',' or ')' after the value"));
    if (out.size() == kMaxParameters)
      return expected(token_.position, "at most " + std::to_string(kMaxParameters) + " parameters", "more");
    CHOREO_ASSIGN(Parameter next, parameter());
    out.push_back(std::move(next));
  }
  CHOREO_TRY(advance());
  return out;
}

Result<std::vector<Condition>> Parser::conditions() {
  alone_ = "a table is context.table=";
  std::vector<Condition> out;
  CHOREO_TRY(advance());
  do {
    if (!out.empty()) CHOREO_TRY(expect(TokenKind::comma, "',' or the end after the value"));
    if (out.size() == kMaxParameters)
      return expected(token_.position, "at most " + std::to_string(kMaxParameters) + " conditions", "more");
    CHOREO_ASSIGN(const Parameter next, parameter());
    CHOREO_TRY(check_order(next));
    CHOREO_ASSIGN(std::optional<Condition> condition, operation_condition(next));
    if (!condition)
      return expected(next.position,
                      next.key == "table" ? "context.table"
                      : next.key == "op"  ? "context.x, target.x or frame.x (operators are the webhook's filter)"
                                          : "context.x, target.x or frame.x",
                      "'" + shortened(next.key) + "'");
    out.push_back(*std::move(condition));
  } while (token_.kind != TokenKind::end);
  return out;
}

Status Parser::key(Parameter& parameter) {
  if (!is_text(token_) || token_.text.empty()) return expected("a key", token_);
  if (token_.kind == TokenKind::word && !is_bare_key(token_.text))
    return expected("a key of letters, digits, '_', '.' and '-' (any other between quotes)", token_);
  if (token_.text.size() > kMaxKeyBytes)
    return expected("a key of at most " + std::to_string(kMaxKeyBytes) + " bytes", token_);
  parameter.key = token_.text;
  parameter.position = token_.position;
  return advance();
}

Result<Parameter> Parser::parameter() {
  Parameter parameter;
  CHOREO_TRY(key(parameter));
  CHOREO_TRY(compared(parameter, "'" + shortened(parameter.key) + "'"));
  return parameter;
}

Status Parser::compared(Parameter& parameter, const std::string& name) {
  if (token_.kind != TokenKind::comparison) {
    const bool alone =
        token_.kind == TokenKind::close || token_.kind == TokenKind::comma || token_.kind == TokenKind::end;
    const std::string meant =
        alone && alone_ != nullptr ? " (" + std::string(alone_) + shortened(parameter.key) + ")" : "";
    return expected("= != < <= > or >= after " + name + meant, token_);
  }
  parameter.comparison = comparison_of(token_.text);
  parameter.comparison_token = token_;
  CHOREO_TRY(advance());
  if (!is_text(token_)) return expected("a value for " + name, token_);
  parameter.value = literal_of(token_);
  parameter.text = token_.text;
  return advance();
}

Result<Compared> Parser::comparison() {
  Parameter parameter;
  CHOREO_TRY(advance());
  CHOREO_TRY(compared(parameter, "the start"));
  CHOREO_TRY(check_order(parameter));
  CHOREO_TRY(expect(TokenKind::end, "the end after the value"));
  return Compared{parameter.comparison, parameter.value};
}

// Where the first sequence begins that is not UTF-8; the size if there is none.
std::size_t first_invalid(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && !json::is_utf8(text.substr(at, length))) ++length;
    if (length > 4) break;
    at += length;
  }
  return at;
}

Status check_text(std::string_view text) {
  if (text.size() > kMaxQueryBytes)
    return expected(kMaxQueryBytes, "a query of at most " + std::to_string(kMaxQueryBytes) + " bytes",
                    std::to_string(text.size()));
  if (!json::is_utf8(text)) {
    const std::size_t at = first_invalid(text);
    return expected(at, "UTF-8", "a byte that is not");
  }
  return {};
}

}  // namespace

Result<Query> parse(std::string_view text) {
  CHOREO_TRY(check_text(text));
  return Parser(text).query();
}

Result<Compared> parse_comparison(std::string_view text) {
  CHOREO_TRY(check_text(text));
  return Parser(text).comparison();
}

Result<std::vector<Condition>> parse_conditions(std::string_view text) {
  const auto parsed = [&]() -> Result<std::vector<Condition>> {
    CHOREO_TRY(check_text(text));
    return Parser(text).conditions();
  };
  Result<std::vector<Condition>> conditions = parsed();
  if (!conditions.ok()) {
    conditions.error().code = "bad_where";
    conditions.error().field = "where";
  }
  return conditions;
}

}  // namespace choreo::eoql
