#include "json/string.h"
#include "operation/reserved.h"
#include "projection/entity_edit.h"
#include "projection/operators.h"
#include "projection/values.h"

namespace choreo::projection {
namespace {

constexpr const char* kRulesTable = "_rules";

// A feedback rule replaces what an earlier rule of that id was; its data is all fields of the target,
// and its id, as it always was.
Status store_rule(const Parsed& op, Store& store) {
  const std::string id = id_member(op.target, {"id"}).value_or("rule-" + std::to_string(op.operation.id));
  CHOREO_ASSIGN(EntityEdit rule, EntityEdit::find(store, kRulesTable, id));
  rule.create();
  rule.set_alive(true);
  rule.clear();
  for (const json::Member& member : op.target.members())
    if (member.key == "id" || !is_reserved_member(member.key)) rule.set(member.key, member.value);
  return rule.put(store, op.operation.id);
}

}  // namespace

Status apply_rec(const Parsed& op, Store& store) {
  const std::string_view* type = op.context.find("type");
  if (type && *type == "\"feedback_rule\"") CHOREO_TRY(store_rule(op, store));
  // Counted, as every operator is, on the entity of the context's table; the rule is that one where it says _rules.
  const std::optional<std::string> id = id_member(op.target, {"id"});
  if (!id) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, op.table, *id));
  if (!entity.exists()) return {};
  entity.count(Operator::REC);
  return entity.put(store, op.operation.id);
}

}  // namespace choreo::projection
