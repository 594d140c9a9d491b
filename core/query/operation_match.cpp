#include "query/operation_match.h"

#include <algorithm>
#include <iterator>

#include "json/path.h"
#include "json/scan.h"
#include "json/string.h"
#include "query/match.h"

namespace choreo::query {
namespace {

const std::string& part_of(const Operation& operation, eoql::Scope scope) {
  if (scope == eoql::Scope::target) return operation.target;
  return scope == eoql::Scope::context ? operation.context : operation.frame;
}

}  // namespace

bool names_an_id(const eoql::Condition& condition) {
  static constexpr std::string_view kNames[] = {"id", "entity_id",  "source",  "from",       "target",
                                                "to", "merge_into", "primary", "merge_from", "secondary"};
  return condition.scope == eoql::Scope::target &&
         std::find(std::begin(kNames), std::end(kNames), condition.name) != std::end(kNames);
}

bool asks_for_table(const eoql::Condition& condition) {
  return condition.scope == eoql::Scope::context && condition.name == "table";
}

bool compares_with_number(const eoql::Condition& condition) {
  return json::kind_of(condition.value.json) == json::Kind::number;
}

bool meets(const Operation& operation, const eoql::Condition& condition) {
  auto value = json::find_path(part_of(operation, condition.scope), json::escape_key(condition.name));
  if (!value && asks_for_table(condition)) value = kDefaultTable;
  const bool compares_ids =
      condition.comparison == eoql::Comparison::equal || condition.comparison == eoql::Comparison::not_equal;
  // Ids are text: a number stands for its digits.
  if (compares_ids && names_an_id(condition) && compares_with_number(condition) && value && json::is_string(*value))
    return meets(value, condition.comparison, json::quote(condition.value.json));
  return meets(value, condition.comparison, condition.value.json);
}

}  // namespace choreo::query
