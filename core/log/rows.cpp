#include "log/rows.h"

#include "json/canonical.h"
#include "log/legacy.h"

namespace choreo::log {

Result<Operation> operation_from(sqlite::Statement& row, std::int64_t legacy_last_id) {
  Operation operation;
  operation.id = row.integer(0);
  operation.pretty_id = row.text(1);
  operation.guid = row.text(2);
  operation.ts = row.text(3);
  const std::optional<Operator> op = operator_named(row.text(4));
  if (!op)
    return make_error(ErrorKind::unavailable, "corrupt",
                      "operation " + std::to_string(operation.id) + " has the operator '" + std::string(row.text(4)) +
                          "', which is none of the nine; restore the file from a backup");
  operation.op = *op;
  operation.target = row.text(5);
  operation.context = row.text(6);
  operation.frame = row.text(7);
  if (operation.id <= legacy_last_id) canonicalize_legacy(operation);
  for (const std::string* part : {&operation.target, &operation.context, &operation.frame})
    if (!part->starts_with('{') || !part->ends_with('}'))
      return make_error(ErrorKind::unavailable, "corrupt",
                        "operation " + std::to_string(operation.id) +
                            " has a target, context or frame that is no object; restore the file from a backup");
  return operation;
}

}  // namespace choreo::log
