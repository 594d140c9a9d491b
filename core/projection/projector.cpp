#include "projection/projector.h"

#include "projection/operators.h"

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

}  // namespace choreo::projection
