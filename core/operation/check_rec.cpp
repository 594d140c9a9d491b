#include <array>

#include "json/number.h"
#include "json/scan.h"
#include "json/string.h"
#include "json/unique.h"
#include "operation/checks.h"
#include "operation/identifiers.h"
#include "operation/operation.h"
#include "operation/reserved.h"

namespace choreo {
namespace {

Error row_error(std::string code, std::size_t index, const std::string& is_wrong) {
  Error error =
      invalid(std::move(code), "Row " + std::to_string(index) + " of \"target.rows\" " + is_wrong + ".", "target.rows");
  error.index = index;
  return error;
}

// As append/snapshot_options.h key_text(): a text, a number, true or false.
bool is_key(const std::optional<std::string_view>& value) {
  if (!value || *value == "\"\"") return false;
  const json::Kind kind = json::kind_of(*value);
  return kind == json::Kind::string || kind == json::Kind::number || kind == json::Kind::boolean;
}

// REQUIRES: match_on was checked.
Status check_rows(std::string_view target, std::string_view frame) {
  const Option rows{target, "rows", "bad_rows", "target.rows"};
  const auto value = rows.value();
  if (!value || !json::is_array(*value)) return rows.refusal("an array of objects");
  const std::string_view match_on = json::find(frame, "match_on").value_or("\"id\"");
  const std::string_view key = match_on.substr(1, match_on.size() - 2);
  std::size_t index = 0;
  bool has_key = false;
  for (const std::string_view row : json::elements(*value)) {
    if (!json::is_object(row))
      return row_error("bad_rows", index, "must be an object, not " + std::string(kind_shown(row)));
    if (const auto twice = json::repeated_key(row))
      return row_error("duplicate_key", index, "has the key " + shown(json::unescape(*twice)) + " more than once");
    has_key = has_key || is_key(json::find(row, key));
    ++index;
  }
  if (has_key || index == 0) return {};
  // It says nothing of any entity, and yet `absence_means` would end all of them.
  return invalid("no_row_has_a_key",
                 "None of the " + std::to_string(index) + " rows has a key: \"frame.match_on\" is " +
                     shown(json::unescape(key)) + ", which must be a text, number or boolean in at least one row.",
                 "frame.match_on");
}

Status check_match_on(std::string_view frame) {
  const Option match_on{frame, "match_on", "bad_match_on", "frame.match_on"};
  CHOREO_TRY(check_non_empty_string(match_on));
  const auto value = match_on.value();
  if (!value || *value == "\"id\"" || !is_reserved_member(value->substr(1, value->size() - 2))) return {};
  return match_on.refusal("\"id\" or the name of a field; the server keeps this member itself");
}

Status check_ignored_fields(std::string_view frame) {
  const Option fields{frame, "ignore_fields", "bad_ignore_fields", "frame.ignore_fields"};
  const auto value = fields.value();
  if (!value) return {};
  if (!json::is_array(*value)) return fields.refusal("an array of strings");
  std::size_t index = 0;
  for (const std::string_view name : json::elements(*value)) {
    if (!json::is_string(name)) {
      Error error = invalid("bad_ignore_fields",
                            "Element " + std::to_string(index) + " of \"frame.ignore_fields\" must be a string, not " +
                                std::string(kind_shown(name)) + ".",
                            "frame.ignore_fields");
      error.index = index;
      return error;
    }
    ++index;
  }
  return {};
}

Status check_snapshot_ingest(std::string_view target, std::string_view frame) {
  static constexpr std::array<std::string_view, 3> kAbsence = {"unchanged", "deleted", "investigate"};
  static constexpr std::array<std::string_view, 3> kNulls = {"unchanged", "cleared", "unknown"};
  CHOREO_TRY(check_match_on(frame));
  CHOREO_TRY(check_rows(target, frame));
  CHOREO_TRY(check_one_of({frame, "absence_means", "bad_absence_means", "frame.absence_means"}, kAbsence));
  CHOREO_TRY(check_one_of({frame, "null_fields_mean", "bad_null_fields_mean", "frame.null_fields_mean"}, kNulls));
  return check_ignored_fields(frame);
}

constexpr std::string_view kBadRule = "bad_rule";

Status require_object(const Option& option) {
  if (!option.value()) return option.refusal("an object");
  return check_object(option);
}

// Its keys are read by name: of one that stood twice the last would count. object: checked, or absent.
Status check_once(const Option& object) {
  const auto value = object.value();
  const auto key = value ? json::repeated_key(*value) : std::nullopt;
  if (!key) return {};
  return invalid("duplicate_key",
                 "\"" + object.path + "\" has the key " + shown(json::unescape(*key)) + " more than once.",
                 object.path);
}

Status check_trigger(std::string_view trigger) {
  CHOREO_TRY(check_one_of({trigger, "op", std::string(kBadRule), "target.trigger.op"}, kOperatorNames));
  const Option match{trigger, "match", std::string(kBadRule), "target.trigger.match"};
  CHOREO_TRY(check_object(match));
  return check_once(match);
}

Status check_action(std::string_view action) {
  const Option op{action, "op", std::string(kBadRule), "target.action.op"};
  constexpr std::string_view kAllowed = "an operator other than REC";
  if (!op.value() || *op.value() == "\"REC\"") return op.refusal(kAllowed);
  CHOREO_TRY(check_one_of(op, kOperatorNames));
  const Option target{action, "target_template", std::string(kBadRule), "target.action.target_template"};
  const Option context{action, "context", std::string(kBadRule), "target.action.context"};
  CHOREO_TRY(require_object(target));
  CHOREO_TRY(check_object(context));
  CHOREO_TRY(check_once(target));
  return check_once(context);
}

Status check_feedback_rule(std::string_view target) {
  const Option trigger{target, "trigger", std::string(kBadRule), "target.trigger"};
  const Option action{target, "action", std::string(kBadRule), "target.action"};
  CHOREO_TRY(require_object(trigger));
  CHOREO_TRY(require_object(action));
  CHOREO_TRY(check_once(trigger));
  CHOREO_TRY(check_once(action));
  CHOREO_TRY(check_trigger(*trigger.value()));
  return check_action(*action.value());
}

Status check_emergence_scan(std::string_view target) {
  static constexpr std::array<std::string_view, 3> kStances = {"accidental", "generative", "essential"};
  const Option size{target, "min_cluster_size", "bad_min_cluster_size", "target.min_cluster_size"};
  if (const auto value = size.value()) {
    if (!is_integer_text(*value) || std::is_lt(json::compare_numbers(*value, "1"))) {
      return size.refusal("an integer of at least 1");
    }
  }
  const Option coupling{target, "min_internal_coupling", "bad_min_internal_coupling", "target.min_internal_coupling"};
  if (const auto value = coupling.value(); value && json::kind_of(*value) != json::Kind::number) {
    return coupling.refusal("a number");
  }
  return check_one_of({target, "min_stance", "bad_min_stance", "target.min_stance"}, kStances);
}

}  // namespace

Status check_rec(std::string_view target, std::string_view context, std::string_view frame) {
  const auto type = json::find(context, "type");
  if (type == "\"snapshot_ingest\"") return check_snapshot_ingest(target, frame);
  if (type == "\"feedback_rule\"") return check_feedback_rule(target);
  if (type == "\"emergence_scan\"") return check_emergence_scan(target);
  return {};
}

}  // namespace choreo
