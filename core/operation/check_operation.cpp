#include <array>

#include "json/number.h"
#include "json/scan.h"
#include "operation/checks.h"
#include "operation/wire_forms.h"

namespace choreo {
namespace {

Status check_con(std::string_view target) {
  static constexpr std::array<std::string_view, 3> kStances = {"accidental", "essential", "generative"};
  const Option coupling{target, "coupling", "bad_coupling", "target.coupling"};
  if (const auto value = coupling.value()) {
    const bool in_range = json::kind_of(*value) == json::Kind::number &&
                          std::is_gteq(json::compare_numbers(*value, "0")) &&
                          std::is_lteq(json::compare_numbers(*value, "1"));
    if (!in_range) return coupling.refusal("a number from 0 to 1");
  }
  return check_one_of({target, "stance", "bad_stance", "target.stance"}, kStances);
}

Status check_field(std::string_view target) {
  return check_non_empty_string({target, "field", "bad_field", "target.field"});
}

Status check_sup(std::string_view target) {
  const Option variants{target, "variants", "bad_variants", "target.variants"};
  const auto value = variants.value();
  if (value && !json::is_array(*value)) return variants.refusal("an array");
  return check_field(target);
}

}  // namespace

Status check_operation(const Draft& draft) {
  switch (draft.op) {
    case Operator::CON:
      return check_con(draft.target);
    case Operator::SUP:
      return check_sup(draft.target);
    case Operator::NUL:
      return check_field(draft.target);
    case Operator::REC:
      return check_rec(draft.target, draft.context, draft.frame);
    default:
      return {};
  }
}

}  // namespace choreo
