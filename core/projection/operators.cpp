#include "projection/operators.h"

#include "json/number.h"
#include "json/string.h"
#include "operation/reserved.h"
#include "projection/entity_edit.h"
#include "projection/values.h"

namespace choreo::projection {
namespace {

void merge_fields(const json::Object& target, EntityEdit& entity) {
  for (const json::Member& member : target.members())
    if (!is_reserved_member(member.key)) entity.set(member.key, member.value);
}

// A field's name, or nothing where there is none. Logs of earlier versions name members that are no fields.
std::optional<std::string_view> field_of(const json::Object& target) {
  const std::string_view* field = target.find("field");
  if (!field || !json::is_string(*field) || field->size() <= 2) return std::nullopt;
  return field->substr(1, field->size() - 2);
}

std::string marker_text(std::string_view name, std::string_view value, std::int64_t op_id) {
  return "{\"" + std::string(name) + "\":" + std::string(value) + ",\"op_id\":" + std::to_string(op_id) + "}";
}

// The entity of target.id, edited by `change` if it exists, and its operator counted.
template <class Change>
Status change_existing(const Parsed& op, Store& store, Change change) {
  const std::optional<std::string> id = id_member(op.target, {"id"});
  if (!id) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, op.table, *id));
  if (!entity.exists()) return {};
  change(entity);
  entity.count(op.operation.op);
  return entity.put(store, op.operation.id);
}

Status add_edge(const Parsed& op, const std::string& source, const std::string& target, Store& store) {
  Edge edge{op.operation.id, source, target, "", "0.5", ""};
  json::Object data;
  for (const json::Member& member : op.target.members()) {
    const std::string_view key = member.key;
    if (key == "coupling") {
      if (json::kind_of(member.value) == json::Kind::number) edge.coupling = member.value;
    } else if (key == "stance") {
      if (json::is_string(member.value)) edge.stance = json::unquote(member.value);
    } else if (key != "source" && key != "target" && key != "from" && key != "to" && key != "id") {
      data.set(key, member.value);
    }
  }
  if (edge.stance.empty()) edge.stance = stance_of_coupling(edge.coupling);
  edge.data = data.text();
  return store.add_edge(edge);
}

Status count_connection(const std::string& id, const Parsed& op, Store& store) {
  CHOREO_ASSIGN(const std::optional<std::string> table, store.first_table_alive(id));
  if (!table) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, *table, id));
  entity.count(Operator::CON);
  return entity.put(store, op.operation.id);
}

Status nul_field(const Parsed& op, Store& store, std::string_view field) {
  const std::optional<std::string> id = id_member(op.target, {"entity_id", "id"});
  if (!id) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, op.table, *id));
  if (!entity.exists()) return {};
  if (!is_reserved_member(field)) entity.set_owned(field, marker_text("_nul", "true", op.operation.id));
  entity.count(Operator::NUL);
  return entity.put(store, op.operation.id);
}

}  // namespace

Status apply_ins(const Parsed& op, Store& store) {
  const std::optional<std::string> id = id_member(op.target, {"id"});
  if (!id) return {};
  const auto edit = [&](EntityEdit& entity) {
    entity.create();
    entity.set_alive(true);
    merge_fields(op.target, entity);
    write_provenance(op, entity);
    entity.count(Operator::INS);
  };
  // Most ids are new: looking first would cost each of them a search.
  EntityEdit fresh = EntityEdit::fresh(op.table, *id);
  edit(fresh);
  CHOREO_ASSIGN(const bool inserted, fresh.insert(store, op.operation.id));
  if (inserted) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, op.table, *id));
  edit(entity);
  return entity.put(store, op.operation.id);
}

Status apply_alt(const Parsed& op, Store& store) {
  return change_existing(op, store, [&](EntityEdit& entity) {
    merge_fields(op.target, entity);
    write_provenance(op, entity);
  });
}

Status apply_des(const Parsed& op, Store& store) {
  return change_existing(op, store, [&](EntityEdit& entity) {
    const std::string_view* before = entity.data().find("_des");
    json::Object designation;
    if (before && json::is_object(*before)) designation = json::Object::parse(*before);
    for (const json::Member& member : op.target.members())
      if (!is_reserved_member(member.key) && member.key != "query") designation.set(member.key, member.value);
    entity.set_owned("_des", designation.text());
  });
}

Status apply_nul(const Parsed& op, Store& store) {
  if (const auto field = field_of(op.target)) return nul_field(op, store, *field);
  const std::optional<std::string> id = id_member(op.target, {"id", "entity_id"});
  if (!id) return {};
  CHOREO_ASSIGN(EntityEdit entity, EntityEdit::find(store, op.table, *id));
  if (!entity.exists()) return {};
  entity.set_alive(false);
  entity.count(Operator::NUL);
  CHOREO_TRY(entity.put(store, op.operation.id));
  return store.kill_edges(*id);
}

std::string_view stance_of_coupling(std::string_view coupling) {
  if (json::compare_numbers(coupling, "0.7") >= 0) return "essential";
  if (json::compare_numbers(coupling, "0.55") >= 0) return "generative";
  return "accidental";
}

Status apply_con(const Parsed& op, Store& store) {
  const std::optional<std::string> source = id_member(op.target, {"source", "from"});
  const std::optional<std::string> target = id_member(op.target, {"target", "to"});
  if (source && target) CHOREO_TRY(add_edge(op, *source, *target, store));
  // Each end that is named counts, also where the other is missing or the same.
  if (source) CHOREO_TRY(count_connection(*source, op, store));
  return target ? count_connection(*target, op, store) : Status();
}

Status apply_syn(const Parsed& op, Store& store) {
  const std::optional<std::string> into = id_member(op.target, {"merge_into", "primary"});
  const std::optional<std::string> from = id_member(op.target, {"merge_from", "secondary"});
  if (!into) return {};
  CHOREO_ASSIGN(EntityEdit survivor, EntityEdit::find(store, op.table, *into));
  if (!survivor.exists()) return {};
  if (from && *from != *into) {
    CHOREO_ASSIGN(EntityEdit merged, EntityEdit::find(store, op.table, *from));
    if (merged.exists()) {
      survivor.lay_over(merged);
      survivor.append(List::syn_from, json::quote(*from));
      survivor.count(Operator::SYN);
      CHOREO_TRY(survivor.put(store, op.operation.id));
      merged.set_alive(false);
      CHOREO_TRY(merged.put(store, op.operation.id));
      return store.move_edges(*from, *into);
    }
  }
  survivor.count(Operator::SYN);
  return survivor.put(store, op.operation.id);
}

Status apply_sup(const Parsed& op, Store& store) {
  return change_existing(op, store, [&](EntityEdit& entity) {
    const std::optional<std::string_view> field = field_of(op.target);
    if (!field || is_reserved_member(*field)) return;
    const std::string_view* variants = op.target.find("variants");
    const std::string_view array = variants && json::is_array(*variants) ? *variants : "[]";
    entity.set_owned(*field, marker_text("_sup", array, op.operation.id));
  });
}

Status apply_seg(const Parsed& op, Store& store) {
  return change_existing(op, store, [&](EntityEdit& entity) {
    const std::string_view* boundary = op.target.find("boundary");
    if (!boundary || !is_given(*boundary)) boundary = op.context.find("boundary");
    if (!boundary || !is_given(*boundary)) return;
    entity.append(List::seg,
                  "{\"boundary\":" + std::string(*boundary) + ",\"op_id\":" + std::to_string(op.operation.id) + "}");
  });
}

}  // namespace choreo::projection
