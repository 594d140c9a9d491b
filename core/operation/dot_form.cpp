#include "operation/dot_form.h"

#include <array>
#include <string>

#include "base/text.h"
#include "json/object.h"
#include "json/scan.h"
#include "json/string.h"
#include "operation/identifiers.h"
#include "operation/wire_forms.h"

namespace choreo {
namespace {

// An operand's members under the names they get, apart by where they go.
struct Operand {
  json::Object target;
  json::Object context;
};

Status add_member(json::Object& object, std::string_view object_name, std::string_view key, std::string_view name,
                  std::string_view value) {
  if (name.empty()) {
    return invalid(
        "bad_operand",
        "The operand's key " + shown(key) + " names no member; a name follows the dot, as in \"fields.name\".",
        shortened(key));
  }
  if (object.find(name) != nullptr) {
    return invalid("duplicate_key",
                   "Two keys of the operand, one of them " + shown(key) + ", set the same member of the " +
                       std::string(object_name) + ", " + shown(name) + "; set it once.",
                   shortened(name));
  }
  object.set(name, value);
  return {};
}

Status sort_operand(std::string_view operand, Operand& out) {
  constexpr std::string_view kContextPrefix = "meta.";
  constexpr std::array<std::string_view, 3> kTargetPrefixes = {"fields.", "conn.", "merge."};
  for (const json::Member& member : json::members(operand)) {
    std::string_view name = member.key;
    if (name.starts_with(kContextPrefix)) {
      name.remove_prefix(kContextPrefix.size());
      CHOREO_TRY(add_member(out.context, "context", member.key, name, member.value));
      continue;
    }
    for (const std::string_view prefix : kTargetPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      break;
    }
    CHOREO_TRY(add_member(out.target, "target", member.key, name, member.value));
  }
  return {};
}

bool says(std::string_view value, std::string_view utf8) {
  return (json::is_string(value) || is_integer_text(value)) && text_of_id(value) == utf8;
}

// What the address sets, the operand may repeat but not contradict. Takes the repetition out of the operand.
Status settle(json::Object& operand, std::string_view name, std::string_view utf8) {
  const std::string_view* value = operand.find(name);
  if (value == nullptr) return {};
  if (!says(*value, utf8)) {
    return invalid("bad_operand",
                   "The operand sets " + shown(name) + " to something other than the address's " + shown(utf8) +
                       "; leave it out or give the same.",
                   shortened(name));
  }
  operand.erase(name);
  return {};
}

Status make_target(const DotAddress& address, json::Object& operand, Draft& draft) {
  json::Object target;
  if (!address.id.empty()) {
    CHOREO_TRY(check_id(address.id, "id"));
    CHOREO_TRY(settle(operand, "id", address.id));
    if (address.field.empty()) {
      target.set_owned("id", json::quote(address.id));
    } else {
      CHOREO_TRY(settle(operand, "entity_id", address.id));
      CHOREO_TRY(settle(operand, "field", address.field));
      target.set_owned("entity_id", json::quote(address.id));
      target.set_owned("field", json::quote(address.field));
    }
  }
  for (const json::Member& member : operand.members()) target.set(member.key, member.value);
  draft.target = target.text();
  return {};
}

// Adds the operand's context members to the body's; the same member may come from both only with the same value.
Status join_context(json::Object& context, const json::Object& operand) {
  for (const json::Member& member : operand.members()) {
    const std::string_view* given = context.find(member.key);
    if (given != nullptr && *given != member.value) {
      return invalid("duplicate_key",
                     "The operand's \"meta.\" member " + shown(member.key) +
                         " and the body's context set different values; set it once.",
                     shortened(member.key));
    }
    context.set(member.key, member.value);
  }
  return {};
}

Status make_table_context(std::string_view table, json::Object& operand, Draft& draft) {
  CHOREO_TRY(check_table_name(table));
  json::Object context;
  context.set_owned("table", json::quote(table));
  for (const json::Member& member : json::members(draft.context)) {
    if (member.key == "table" && !says(member.value, table)) {
      return invalid("bad_table",
                     "The context names another table than the address, which names " + shown(table) +
                         "; leave it out or give the same.",
                     "table");
    }
    if (member.key != "table") context.set(member.key, member.value);
  }
  CHOREO_TRY(settle(operand, "table", table));
  CHOREO_TRY(join_context(context, operand));
  draft.context = context.text();
  return {};
}

Status expand_query(Operand& operand, Draft& draft) {
  const std::string_view* query = operand.target.find("query");
  if (query == nullptr || !json::is_string(*query)) {
    return invalid("bad_operand", "The target \"query\" needs the query as a string in the operand's \"fields.query\".",
                   "query");
  }
  draft.target = operand.target.text();
  json::Object context = json::Object::parse(draft.context);
  CHOREO_TRY(join_context(context, operand.context));
  if (draft.op == Operator::DES && context.find("type") == nullptr) context.set("type", "\"query\"");
  draft.context = context.text();
  return {};
}

Error bad_address(std::string_view address, std::string_view why) {
  return invalid("bad_address",
                 "The target " + shown(address) + " " + std::string(why) +
                     "; a target is an object, \"query\" or tables.<table>[.<id>[.fields.<field>]].",
                 "target");
}

}  // namespace

Result<DotAddress> parse_dot_address(std::string_view address) {
  constexpr std::string_view kStart = "tables.";
  constexpr std::string_view kBeforeField = ".fields.";
  if (!address.starts_with(kStart)) return bad_address(address, "does not begin with \"tables.\"");
  DotAddress out;
  std::string_view rest = address.substr(kStart.size());
  const std::size_t dot = rest.find('.');
  out.table = rest.substr(0, dot);
  if (out.table.empty()) return bad_address(address, "names no table");
  if (dot == std::string_view::npos) return out;
  rest.remove_prefix(dot + 1);
  // The last one counts: an id may hold any text.
  const std::size_t before_field = rest.rfind(kBeforeField);
  out.id = rest.substr(0, before_field);
  if (out.id.empty()) return bad_address(address, "has a dot after the table but no id");
  if (before_field == std::string_view::npos) return out;
  out.field = rest.substr(before_field + kBeforeField.size());
  if (out.field.empty()) return bad_address(address, "has \".fields.\" but no field");
  return out;
}

Status expand_dot_form(std::string_view address_value, std::string_view operand_value, Draft& draft) {
  const std::string address = json::unquote(address_value);
  Operand operand;
  CHOREO_TRY(sort_operand(operand_value, operand));
  if (address == "query") return expand_query(operand, draft);
  CHOREO_ASSIGN(const DotAddress parts, parse_dot_address(address));
  CHOREO_TRY(make_table_context(parts.table, operand.context, draft));
  return make_target(parts, operand.target, draft);
}

}  // namespace choreo
