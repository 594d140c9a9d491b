#include "append/warnings.h"

#include <algorithm>

#include "append/rule_trigger.h"
#include "base/text.h"
#include "json/object.h"
#include "json/string.h"
#include "projection/values.h"

namespace choreo::append {
namespace {

std::optional<std::string> entity_of(const Operation& operation) {
  const json::Object target = json::Object::parse(operation.target);
  if (operation.op == Operator::SYN) return projection::id_member(target, {"merge_into", "primary"});
  if (operation.op == Operator::NUL) return projection::id_member(target, {"entity_id", "id"});
  return projection::id_member(target, {"id"});
}

Warning no_entity(const Operation& operation) {
  const std::optional<std::string> id = entity_of(operation);
  if (id)
    return {"no_entity", "Table \"" + shortened(table_of(operation.context)) + "\" has no entity \"" + shortened(*id) +
                             "\"; the operation changes nothing."};
  const bool misnamed = json::find(operation.target, "entity_id").has_value();
  const char* member = operation.op == Operator::SYN ? "target.merge_into" : "target.id";
  return {"no_entity",
          std::string("The target names no entity: ") + member + " is missing; the operation changes nothing.",
          misnamed ? "target.entity_id" : "", member};
}

void add_for_connection(const Operation& operation, std::vector<Warning>& out) {
  const auto has = [&](std::string_view name, std::string_view other) {
    return json::find(operation.target, name) || json::find(operation.target, other);
  };
  if (has("source", "from") && has("target", "to")) return;
  out.push_back({"no_edge", "A CON makes an edge only where the target has both source and target."});
}

void add_for_merge(const Operation& operation, std::size_t changed, std::vector<Warning>& out) {
  if (changed != 1) return;  // none: no_entity; two: it merged
  const json::Object target = json::Object::parse(operation.target);
  const auto from = projection::id_member(target, {"merge_from", "secondary"});
  out.push_back({"nothing_merged",
                 from ? "Table \"" + shortened(table_of(operation.context)) + "\" has no entity \"" + shortened(*from) +
                            "\" to merge."
                      : "The target names no entity to merge: target.merge_from is missing.",
                 "", from ? "" : "target.merge_from"});
}

void add_for_segment(const Operation& operation, std::vector<Warning>& out) {
  for (const std::string* object : {&operation.target, &operation.context})
    if (const auto boundary = json::find(*object, "boundary"); boundary && projection::is_given(*boundary)) return;
  out.push_back({"no_boundary", "A SEG without a boundary sets nothing.", "", "target.boundary"});
}

void add_for_rec(const Operation& operation, std::size_t changed, std::vector<Warning>& out) {
  if (json::find(operation.context, "type") || changed > 0) return;
  out.push_back({"no_type",
                 "A REC without context.type is only logged; snapshot_ingest, feedback_rule and emergence_scan do "
                 "something.",
                 "", "context.type"});
}

// Members of a part of a rule that nothing reads.
void add_unread(std::string_view object, const std::string& part, std::initializer_list<std::string_view> read,
                std::vector<Warning>& out) {
  if (!json::is_object(object)) return;
  for (const json::Member& member : json::members(object)) {
    if (out.size() == kMaxWarnings || std::find(read.begin(), read.end(), member.key) != read.end()) continue;
    out.push_back(unknown_member(member.key, part + "." + shortened(json::unescape(member.key)), ""));
  }
}

// A path without its prefix is one of the target, which is seldom meant by these.
void add_misread_paths(std::string_view match, std::vector<Warning>& out) {
  if (!json::is_object(match)) return;
  for (const json::Member& member : json::members(match)) {
    const std::string key(member.key);
    std::string place;
    if (key == "op") place = "target.trigger.op";
    if (key == "table" || key == "type") place = "context." + key + ", as a path of match";
    if ((key == "target" || key == "context" || key == "frame") && json::is_object(member.value))
      place = "paths such as " + key + ".name";
    if (place.empty()) continue;
    out.push_back({"unknown_member",
                   "\"" + key + "\" of match is a field of the target of that name; " + place + " may be meant.",
                   "target.trigger.match." + key, place});
  }
}

std::vector<Warning> of_rule(std::string_view trigger, std::string_view action) {
  std::vector<Warning> out;
  if (!json::is_object(trigger)) {
    out.push_back({"never_fires", "A rule's trigger is an object; this rule never fires.", "trigger"});
    return out;
  }
  if (json::is_empty_object(trigger))
    out.push_back({"never_fires", "A rule with an empty trigger never fires.", "trigger"});
  else if (!stored_trigger(trigger))
    out.push_back({"never_fires", "The rule's trigger cannot be read; it never fires.", "trigger"});
  else if (const auto checked = parse_trigger(trigger); !checked.ok())
    out.push_back({"never_fires", checked.error().message, checked.error().field});
  add_unread(trigger, "trigger", {"op", "match", "where"}, out);
  add_unread(action, "action", {"op", "target_template", "context"}, out);
  add_misread_paths(json::find(trigger, "match").value_or("{}"), out);
  return out;
}

}  // namespace

std::vector<Warning> warnings_of(const Draft& draft, const Operation& operation, std::size_t changed) {
  std::vector<Warning> out = draft.warnings;
  const bool on_entity = operation.op != Operator::CON && operation.op != Operator::REC;
  if (on_entity && changed == 0) out.push_back(no_entity(operation));
  switch (operation.op) {
    case Operator::CON:
      add_for_connection(operation, out);
      break;
    case Operator::DES:
      if (json::is_empty_object(operation.frame))
        out.push_back(
            {"unframed_designation", "A DES says in its frame who names, and why; the frame is empty.", "", "frame"});
      break;
    case Operator::SYN:
      add_for_merge(operation, changed, out);
      break;
    case Operator::SUP:
      if (!json::find(operation.target, "field"))
        out.push_back({"no_field", "A SUP without a field sets nothing.", "", "target.field"});
      break;
    case Operator::SEG:
      add_for_segment(operation, out);
      break;
    case Operator::REC:
      add_for_rec(operation, changed, out);
      break;
    default:
      break;
  }
  return out;
}

Result<std::vector<Warning>> rule_warnings(const Operation& operation, log::ProjectionStore& state) {
  std::vector<Warning> out;
  const json::Object target = json::Object::parse(operation.target);
  const std::string id = projection::id_member(target, {"id"}).value_or("rule-" + std::to_string(operation.id));
  CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, state.find(kRulesTable, id));
  if (!entity || !entity->alive || entity->last_op != operation.id) return out;
  const auto strict = json::find(entity->data, "strict");
  if (id == kSettingsId && strict && json::kind_of(*strict) != json::Kind::boolean)
    out.push_back({"odd_setting", "The setting \"strict\" is true or false; anything else is false.", "target.strict"});
  const auto trigger = json::find(entity->data, "trigger"), action = json::find(entity->data, "action");
  if (!trigger || !action) return out;
  for (Warning& warning : of_rule(*trigger, *action)) out.push_back(std::move(warning));
  return out;
}

Warning rows_skipped(const std::vector<std::size_t>& indexes) {
  return {"rows_skipped",
          "Rows without a key were passed over: " + std::to_string(indexes.size()) + ", the first is row " +
              std::to_string(indexes.front()) + ".",
          "target.rows"};
}

Error refused_for_warnings(const std::vector<Warning>& warnings) {
  Error error =
      make_error(ErrorKind::conflict, "refused_for_warnings",
                 "this is strict (the header Choreo-Strict, or the instance's setting), and there is a warning: " +
                     warnings.front().message);
  error.extra = "\"_warnings\":" + warnings_json(warnings);
  return error;
}

}  // namespace choreo::append
