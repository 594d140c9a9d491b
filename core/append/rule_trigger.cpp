#include "append/rule_trigger.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "eoql/parser.h"
#include "json/scan.h"
#include "json/string.h"
#include "query/operation_match.h"

namespace choreo::append {
namespace {

using eoql::Comparison;
using eoql::Condition;
using eoql::Scope;

constexpr std::string_view kComparisonStarts = "=!<>";

Error bad(const std::string& sentence, const std::string& member) {
  return invalid("bad_rule", sentence, "target.trigger." + member);
}

// A path of `match`: target.x, context.x, frame.x, and any other is one of the target. Escapes as Member::key.
Condition condition_at(std::string_view path, Comparison comparison, std::string_view value) {
  static constexpr std::pair<std::string_view, Scope> kScopes[] = {
      {"target.", Scope::target}, {"context.", Scope::context}, {"frame.", Scope::frame}};
  Condition condition{Scope::target, std::string(), comparison, {std::string(value)}};
  for (const auto& [prefix, scope] : kScopes) {
    if (!path.starts_with(prefix) || path.size() == prefix.size()) continue;
    condition.scope = scope;
    path.remove_prefix(prefix.size());
    break;
  }
  condition.name = json::unescape(path);
  return condition;
}

bool is_comparison(std::string_view value) {
  return json::is_string(value) && kComparisonStarts.find(value[1]) != std::string_view::npos;
}

// One member of `match`: a text that begins with = != < <= > or >= is a comparison, any other value is equalled.
Result<Condition> read_expectation(const json::Member& member) {
  if (!is_comparison(member.value)) return condition_at(member.key, Comparison::equal, member.value);
  CHOREO_ASSIGN(const eoql::Compared compared, eoql::parse_comparison(json::unquote(member.value)));
  return condition_at(member.key, compared.comparison, compared.value.json);
}

bool is_order(Comparison comparison) {
  return comparison != Comparison::equal && comparison != Comparison::not_equal;
}

// Why no operation can meet it; "" where one may. Ids and tables are texts; what a rule made triggers none.
std::string why_never(const Condition& condition) {
  if (condition.comparison == Comparison::not_equal) return {};
  const std::string& value = condition.value.json;
  if (condition.scope == Scope::context && condition.name == "generated_by_rule" && !json::is_null(value))
    return "rules are not held against what a rule made";
  const bool id = condition.scope == Scope::target && condition.name == "id";
  if (!id && !query::asks_for_table(condition)) return {};
  if (json::is_null(value) && !is_order(condition.comparison)) return {};
  const bool digits = id && json::kind_of(value) == json::Kind::number && !is_order(condition.comparison);
  if (!json::is_string(value) && !digits) return id ? "an id is a text" : "a table's name is a text";
  const std::size_t longest = id ? kMaxEntityIdBytes : kMaxTableNameBytes;
  const std::size_t bytes = digits ? value.size() : json::unquote(value).size();
  if (condition.comparison != Comparison::equal || (bytes > 0 && bytes <= longest)) return {};
  return std::string(id ? "an id" : "a table's name") + " has 1 to " + std::to_string(longest) + " bytes";
}

std::string_view match_of(std::string_view trigger) {
  return json::find(trigger, "match").value_or("{}");
}

Status add_match(std::string_view match, std::vector<Condition>& out) {
  for (const json::Member& member : json::members(match)) {
    const std::string path = json::unescape(member.key.substr(0, eoql::kMaxKeyBytes));
    const std::string where = "match." + shortened(path);
    if (member.key.size() > eoql::kMaxKeyBytes)
      return bad("A path of the rule's match has at most " + std::to_string(eoql::kMaxKeyBytes) + " bytes.", where);
    if (out.size() == eoql::kMaxParameters)
      return bad("A rule's match has at most " + std::to_string(eoql::kMaxParameters) + " members.", "match");
    Result<Condition> condition = read_expectation(member);
    if (!condition.ok())
      return bad(
          "A text of match that begins with = ! < or > is a comparison such as \">100\" or \"!=open\" (the text "
          "itself is compared by \"=\\\"…\\\"\"): " +
              condition.error().message,
          where);
    out.push_back(*std::move(condition));
  }
  return {};
}

Status add_where(std::string_view trigger, std::vector<Condition>& out) {
  const auto where = json::find(trigger, "where");
  if (!where) return {};
  if (!json::is_string(*where)) return bad("A rule's where is a text of conditions, as a webhook's.", "where");
  const std::string text = json::unquote(*where);
  if (text.size() > eoql::kMaxWhereBytes)
    return bad("A rule's where has at most " + std::to_string(eoql::kMaxWhereBytes) + " bytes.", "where");
  Result<std::vector<Condition>> conditions = eoql::parse_conditions(text);
  if (!conditions.ok()) {
    Error error = bad(conditions.error().message, "where");
    error.position = conditions.error().position;
    return error;
  }
  std::move(conditions->begin(), conditions->end(), std::back_inserter(out));
  return {};
}

std::optional<Operator> op_of(std::string_view trigger) {
  const auto op = json::find(trigger, "op");
  return op && json::is_string(*op) ? operator_named(op->substr(1, op->size() - 2)) : std::nullopt;
}

std::string name_of(const Condition& condition) {
  const char* scope = condition.scope == Scope::target    ? "target."
                      : condition.scope == Scope::context ? "context."
                                                          : "frame.";
  return scope + shortened(condition.name);
}

// An operation without a table is one of _default, and matches null as well: there it is absent.
bool holds(const Condition& condition, const Operation& operation) {
  if (query::meets(operation, condition)) return true;
  return query::asks_for_table(condition) && condition.comparison == Comparison::equal &&
         json::is_null(condition.value.json) && !json::find(operation.context, "table");
}

}  // namespace

Result<RuleTrigger> parse_trigger(std::string_view trigger) {
  RuleTrigger out{op_of(trigger), {}};
  CHOREO_TRY(add_match(match_of(trigger), out.conditions));
  CHOREO_TRY(add_where(trigger, out.conditions));
  for (const Condition& condition : out.conditions)
    if (const std::string why = why_never(condition); !why.empty())
      return bad("No operation can match the rule's condition on " + name_of(condition) + ": " + why + ".", "match");
  return out;
}

std::optional<RuleTrigger> stored_trigger(std::string_view trigger) {
  RuleTrigger out{op_of(trigger), {}};
  if (!out.op && json::is_string(json::find(trigger, "op").value_or("null"))) return std::nullopt;
  const std::string_view match = match_of(trigger);
  if (!json::is_object(match)) return std::nullopt;
  for (const json::Member& member : json::members(match)) {
    Result<Condition> condition = read_expectation(member);
    out.conditions.push_back(condition.ok() ? *std::move(condition)
                                            : condition_at(member.key, Comparison::equal, member.value));
  }
  if (!add_where(trigger, out.conditions).ok()) return std::nullopt;
  return out;
}

bool matches(const RuleTrigger& trigger, const Operation& operation) {
  if (trigger.op && *trigger.op != operation.op) return false;
  return std::all_of(trigger.conditions.begin(), trigger.conditions.end(),
                     [&](const Condition& condition) { return holds(condition, operation); });
}

}  // namespace choreo::append
