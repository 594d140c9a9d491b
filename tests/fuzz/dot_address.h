// What must hold for any bytes as a dot address. Returns the property that did not hold, or "".
#pragma once

#include <string>
#include <string_view>

#include "json/string.h"
#include "operation/wire_forms.h"

namespace choreo::fuzz {

inline std::string broken_dot_address(std::string_view address) {
  if (!json::is_utf8(address)) return "";
  const auto parts = parse_dot_address(address);
  if (!parts.ok()) {
    if (parts.error().code != "bad_address") return "an address is refused as one";
    return json::is_utf8(parts.error().message) ? "" : "a refusal's sentence is UTF-8";
  }
  if (parts->table.empty() || parts->table.find('.') != std::string_view::npos) return "a table has no dot";
  if (!parts->field.empty() && parts->id.empty()) return "a field is an entity's";
  std::string again = "tables." + std::string(parts->table);
  if (!parts->id.empty()) again += "." + std::string(parts->id);
  if (!parts->field.empty()) again += ".fields." + std::string(parts->field);
  if (again != address) return "the parts make up the address";
  const auto draft = parse_operation("{\"op\":\"NUL\",\"target\":" + json::quote(address) + "}");
  if (!draft.ok()) {
    return draft.error().code == "bad_id" || draft.error().code == "bad_table" ? "" : "only a name can be wrong now";
  }
  if (table_of(draft->context) != parts->table) return "the address's table is the operation's";
  const auto ids = mentioned_ids(draft->target);
  if (parts->id.empty()) return ids.empty() ? "" : "a table names no id";
  return ids.size() == 1 && ids.front() == parts->id ? "" : "the address's id is the one that the target mentions";
}

}  // namespace choreo::fuzz
