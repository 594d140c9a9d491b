#include <array>

#include "json/number.h"
#include "json/scan.h"
#include "operation/checks.h"
#include "operation/reserved.h"
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
  const Option field{target, "field", "bad_field", "target.field"};
  CHOREO_TRY(check_non_empty_string(field));
  const auto value = field.value();
  if (value && is_reserved_member(value->substr(1, value->size() - 2)))
    return field.refusal("the name of a field; the server keeps this member itself");
  return {};
}

std::optional<std::string_view> first_of(std::string_view target, std::string_view name, std::string_view other) {
  const auto value = json::find(target, name);
  return value ? value : json::find(target, other);
}

Status check_syn(std::string_view target) {
  const auto into = first_of(target, "merge_into", "primary");
  if (!into || into != first_of(target, "merge_from", "secondary")) return {};
  return invalid("merge_into_itself", "\"merge_into\" and \"merge_from\" name the same entity; a SYN merges two.",
                 "target.merge_from");
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
    case Operator::SYN:
      return check_syn(draft.target);
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
