#include "projection/projector.h"

#include <algorithm>

#include "operation/reserved.h"
#include "projection/operators.h"
#include "projection/values.h"

namespace choreo::projection {

Status apply(const Operation& operation, Store& store) {
  const Parsed op{operation, json::Object::parse(operation.target), json::Object::parse(operation.context),
                  json::Object::parse(operation.frame), table_of(operation.context)};
  switch (operation.op) {
    case Operator::NUL:
      return apply_nul(op, store);
    case Operator::DES:
      return apply_des(op, store);
    case Operator::INS:
      return apply_ins(op, store);
    case Operator::SEG:
      return apply_seg(op, store);
    case Operator::CON:
      return apply_con(op, store);
    case Operator::SYN:
      return apply_syn(op, store);
    case Operator::ALT:
      return apply_alt(op, store);
    case Operator::SUP:
      return apply_sup(op, store);
    case Operator::REC:
      return apply_rec(op, store);
  }
  return make_error(ErrorKind::internal, "unknown_op",
                    "an operation in the log has an operator that is none of the nine");
}

bool applied_otherwise_before(const Operation& operation) {
  const json::Object target = json::Object::parse(operation.target);
  const auto sets_reserved = [&] {
    return std::any_of(target.members().begin(), target.members().end(),
                       [](const json::Member& member) { return member.key != "id" && is_reserved_member(member.key); });
  };
  switch (operation.op) {
    case Operator::INS:
    case Operator::ALT:
    case Operator::DES:
      return sets_reserved();
    case Operator::REC:
      return json::find(operation.context, "type") == "\"feedback_rule\"" && sets_reserved();
    case Operator::NUL:
    case Operator::SUP: {
      const std::string_view* field = target.find("field");
      return field && json::is_string(*field) && is_reserved_member(field->substr(1, field->size() - 2));
    }
    case Operator::SYN: {
      const auto into = id_member(target, {"merge_into", "primary"});
      return into && into == id_member(target, {"merge_from", "secondary"});
    }
    default:
      return false;
  }
}

}  // namespace choreo::projection
