#include "ctl/operation_line.h"

#include "ctl/answers.h"
#include "ctl/shown.h"
#include "json/scan.h"

namespace choreo::ctl {

std::string operation_line(std::string_view operation) {
  const std::string target(json::find(operation, "target").value_or("{}"));
  const std::string context(json::find(operation, "context").value_or("{}"));
  const std::string table = text_of(context, "table");
  std::string id = text_of(target, "id");
  if (id.empty()) id = text_of(target, "entity_id");
  return shown(text_of(operation, "id")) + "  " + shown(text_of(operation, "ts")) + "  " +
         shown(text_of(operation, "op")) + "  " + shown(table.empty() ? "_default" : table) +
         (id.empty() ? "" : "/" + shown(id)) + "  " + target;
}

}  // namespace choreo::ctl
