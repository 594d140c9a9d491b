#include "append/rules.h"

#include "append/rule_template.h"
#include "base/limits.h"
#include "json/number.h"
#include "json/object.h"
#include "json/string.h"
#include "operation/wire_forms.h"

namespace choreo::append {
namespace {

constexpr int kPage = 100;  // rules read together

bool is_rule(std::string_view data) {
  const auto trigger = json::find(data, "trigger");
  const auto action = json::find(data, "action");
  // An empty trigger asks for nothing, and never fires.
  return trigger && action && json::is_object(*trigger) && !json::is_empty_object(*trigger) && json::is_object(*action);
}

std::string_view member_or(std::string_view object, std::string_view name, std::string_view fallback) {
  return json::find(object, name).value_or(fallback);
}

}  // namespace

Status Rules::load(log::ProjectionStore& state) {
  CHOREO_ASSIGN(const std::int64_t newest, state.last_op(kRulesTable));
  if (newest == loaded_at_) return {};
  rules_.clear();
  std::string after;
  while (true) {
    CHOREO_ASSIGN(const std::vector<std::string> ids, state.alive_ids(kRulesTable, after, kPage));
    if (ids.empty()) break;
    for (const std::string& id : ids) {
      CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, state.find(kRulesTable, id));
      if (!is_rule(entity->data)) continue;  // a replay profile, for instance
      std::optional<RuleTrigger> trigger = stored_trigger(*json::find(entity->data, "trigger"));
      if (!trigger) continue;
      rules_.push_back({id, *std::move(trigger), std::string(*json::find(entity->data, "action"))});
    }
    after = ids.back();
  }
  CHOREO_ASSIGN(const std::optional<projection::EntityState> settings, state.find(kRulesTable, kSettingsId));
  strict_ = settings && settings->alive && json::find(settings->data, "strict") == "true";
  loaded_at_ = newest;
  return {};
}

Result<Draft> Rules::draft_of(const Rule& rule, const Operation& trigger, std::size_t max_bytes) {
  CHOREO_ASSIGN(const std::string target,
                fill_template(member_or(rule.action, "target_template", "{}"), trigger, max_bytes));
  CHOREO_ASSIGN(const std::string context_text,
                fill_template(member_or(rule.action, "context", "{}"), trigger, max_bytes));
  if (!json::is_object(target) || !json::is_object(context_text))
    return invalid("bad_rule", "its action's target_template or context is no object");
  json::Object context = json::Object::parse(context_text);
  context.set_owned("generated_by_rule", json::quote(rule.id));
  context.set_owned("generated_by", std::to_string(trigger.id));
  if (const auto trace = json::find(trigger.context, "trace_id")) context.set("trace_id", *trace);
  // What was generated is held to the same checks as what a client sends.
  CHOREO_ASSIGN(Draft draft,
                parse_canonical_operation("{\"op\":" + std::string(member_or(rule.action, "op", "null")) +
                                          ",\"target\":" + target + ",\"context\":" + context.text() + "}"));
  // Not the guid: a log that is imported has the same rules make the same again.
  if (draft.makes_id) {
    const std::string id = rule.id + "-" + std::to_string(trigger.id);
    if (id.size() > kMaxEntityIdBytes) return invalid("bad_rule", "the id made of its own is too long");
    draft.target = with_id(draft.target, id);
    draft.makes_id = false;
  }
  if (draft.op == Operator::REC) return invalid("bad_rule", "a rule must not generate a REC");
  return draft;
}

Result<bool> Rules::any(log::ProjectionStore& state) {
  CHOREO_TRY(load(state));
  return !rules_.empty();
}

Result<Caused> Rules::evaluate(const Operation& operation, log::ProjectionStore& state, Budget& budget) {
  Caused caused;
  CHOREO_TRY(load(state));
  if (rules_.empty() || json::find(operation.context, "generated_by_rule")) return caused;
  for (const Rule& rule : rules_) {
    if (!matches(rule.trigger, operation)) continue;
    Result<Draft> draft = draft_of(rule, operation, static_cast<std::size_t>(budget.limits().template_bytes));
    if (draft.ok()) {
      CHOREO_TRY(budget.take(*draft));
      caused.drafts.push_back(std::move(*draft));
    } else if (caused.errors.size() < kMaxRuleErrors) {
      caused.errors.push_back({rule.id, draft.error().message});
    }
  }
  return caused;
}

}  // namespace choreo::append
