#include "json/string.h"
#include "operation/reserved.h"
#include "projection/entity_edit.h"
#include "projection/operators.h"
#include "projection/values.h"

namespace choreo::projection {
namespace {

std::string_view given(const json::Object& frame, std::string_view name) {
  const std::string_view* value = frame.find(name);
  return value && is_given(*value) ? *value : std::string_view();
}

// The entry for one field: {"op_id":N,"epistemic"?,"source"?,"authority"?}.
std::string entry_for(std::string_view field, std::int64_t op_id, std::string_view epistemic,
                      const json::Object* by_field, std::string_view source, std::string_view authority) {
  std::string entry = "{\"op_id\":" + std::to_string(op_id);
  if (!epistemic.empty()) {
    const std::string_view* own = by_field ? by_field->find(field) : &epistemic;
    entry.append(",\"epistemic\":").append(own ? *own : "\"unknown\"");
  }
  if (!source.empty()) entry.append(",\"source\":").append(source);
  if (!authority.empty()) entry.append(",\"authority\":").append(authority);
  return entry += '}';
}

}  // namespace

void write_provenance(const Parsed& op, EntityEdit& entity) {
  const std::string_view epistemic = given(op.frame, "epistemic");
  const std::string_view source = given(op.frame, "source");
  const std::string_view authority = given(op.frame, "authority");
  if (epistemic.empty() && source.empty() && authority.empty()) return;

  json::Object by_field;
  const bool is_by_field = json::is_object(epistemic);
  if (is_by_field) by_field = json::Object::parse(epistemic);

  const std::string_view* before = entity.data().find("_provenance");
  json::Object provenance;
  if (before && json::is_object(*before)) provenance = json::Object::parse(*before);
  for (const json::Member& member : op.target.members()) {
    if (is_reserved_member(member.key)) continue;
    provenance.set_owned(member.key, entry_for(member.key, op.operation.id, epistemic,
                                               is_by_field ? &by_field : nullptr, source, authority));
  }
  entity.set_owned("_provenance", provenance.text());
}

}  // namespace choreo::projection
