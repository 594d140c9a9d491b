#include "fcgi/entity_json.h"

#include "json/object.h"
#include "json/string.h"
#include "projection/values.h"

namespace choreo::fcgi {

void append_entity(std::string& out, std::string_view id, std::string_view between, std::string_view data) {
  const auto clashes = [&](std::string_view name) {
    return data.find("\"" + std::string(name) + "\":") != std::string_view::npos;
  };
  if (!clashes("id") && (between.empty() || (!clashes("table") && !clashes("alive")))) {
    out += "{\"id\":";
    json::append_string(out, id);
    out += between;
    if (data.size() > 2)
      out.append(",").append(data.substr(1));
    else
      out += '}';
    return;
  }
  const std::string head = "{\"id\":" + json::quote(id) + std::string(between) + "}";
  json::Object entity = json::Object::parse(head);
  projection::add_fields(entity, data);
  entity.append_to(out);
}

std::string table_and_alive(std::string_view table, bool alive) {
  return ",\"table\":" + json::quote(table) + ",\"alive\":" + (alive ? "true" : "false");
}

}  // namespace choreo::fcgi
