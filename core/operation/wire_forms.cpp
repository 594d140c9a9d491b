#include "operation/wire_forms.h"

#include <array>
#include <optional>
#include <span>
#include <string>

#include "base/ids.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"
#include "json/unique.h"
#include "operation/dot_form.h"
#include "operation/identifiers.h"
#include "operation/reserved.h"

namespace choreo {
namespace {

using Value = std::optional<std::string_view>;

// The body's members that mean something; the rest is only warned of.
struct Body {
  Value op, target, operand, context, frame, guid, ts;
  std::vector<std::string_view> unknown;  // at most kMaxWarnings

  Value* place(std::string_view key) {
    if (key == "op") return &op;
    if (key == "target") return &target;
    if (key == "operand") return &operand;
    if (key == "context") return &context;
    if (key == "frame") return &frame;
    if (key == "guid") return &guid;
    return key == "ts" ? &ts : nullptr;
  }
};

Body read_body(std::string_view object) {
  Body body;
  for (const json::Member& member : json::members(object)) {
    if (Value* const place = body.place(member.key))
      *place = member.value;
    else if (body.unknown.size() < kMaxWarnings)
      body.unknown.push_back(member.key);
  }
  return body;
}

Status check_unique(std::string_view object, std::string_view name) {
  const auto key = json::repeated_key(object);
  if (!key) return {};
  return invalid("duplicate_key",
                 "The " + std::string(name) + " has the key " + shown(json::unescape(*key)) + " more than once.",
                 shortened(json::unescape(*key)));
}

Error wrong_type(std::string_view name, std::string_view allowed, std::string_view value) {
  return invalid(
      "bad_" + std::string(name),
      "\"" + std::string(name) + "\" must be " + std::string(allowed) + ", not " + std::string(kind_shown(value)) + ".",
      std::string(name));
}

// The object, or an empty one where there is none.
Result<std::string_view> read_object(const Value& value, std::string_view name) {
  if (!value) return std::string_view("{}");
  if (!json::is_object(*value)) return wrong_type(name, "an object", *value);
  CHOREO_TRY(check_unique(*value, name));
  return *value;
}

Result<Operator> read_op(const Value& value) {
  constexpr std::string_view kAllowed = "one of NUL DES INS SEG CON SYN ALT SUP REC";
  if (!value) return invalid("missing_op", "The operation has no \"op\"; it is " + std::string(kAllowed) + ".", "op");
  if (!json::is_string(*value)) {
    return invalid(
        "unknown_op",
        "\"op\" must be a string, " + std::string(kAllowed) + ", not " + std::string(kind_shown(*value)) + ".", "op");
  }
  const auto op = operator_named(value->substr(1, value->size() - 2));
  if (op) return *op;
  return invalid(
      "unknown_op",
      "The operator " + shown(json::unquote(*value)) + " is unknown; \"op\" is " + std::string(kAllowed) + ".", "op");
}

// Sets target and, in the dot form, context beyond what the body's own holds.
Status read_target(const Body& body, Draft& draft) {
  CHOREO_ASSIGN(const std::string_view operand, read_object(body.operand, "operand"));
  if (!body.target && !body.operand && draft.op == Operator::REC) {
    draft.target = "{}";  // an emergence scan needs none
    return {};
  }
  if (!body.target) {
    return invalid("bad_target",
                   "The operation has no \"target\"; it is an object or an address such as tables.<table>.<id>.",
                   "target");
  }
  if (json::is_string(*body.target)) return expand_dot_form(*body.target, operand, draft);
  if (!json::is_object(*body.target)) return wrong_type("target", "an object or an address", *body.target);
  CHOREO_TRY(check_unique(*body.target, "target"));
  draft.target = *body.target;
  return {};
}

// The members of the target that name entities; in other operators' targets the same names are data.
std::span<const std::string_view> id_members(Operator op) {
  static constexpr std::array<std::string_view, 1> kId = {"id"};
  static constexpr std::array<std::string_view, 2> kDestroyed = {"id", "entity_id"};
  static constexpr std::array<std::string_view, 5> kConnected = {"id", "source", "from", "target", "to"};
  static constexpr std::array<std::string_view, 5> kMerged = {"id", "merge_into", "primary", "merge_from", "secondary"};
  switch (op) {
    case Operator::NUL:
      return kDestroyed;
    case Operator::CON:
      return kConnected;
    case Operator::SYN:
      return kMerged;
    default:
      return kId;
  }
}

// Checks the ids and makes strings of integers.
Status settle_ids(Draft& draft) {
  for (const std::string_view name : id_members(draft.op)) {
    const auto value = json::find(draft.target, name);
    if (!value) continue;
    const bool integer = is_integer_text(*value);
    if (!integer && !json::is_string(*value)) {
      const std::string member(name);
      return invalid("bad_id",
                     "\"" + member + "\" must be a non-empty string or an integer, not " +
                         (json::kind_of(*value) == json::Kind::number ? "the number " + shortened(*value)
                                                                      : std::string(kind_shown(*value))) +
                         ".",
                     member);
    }
    CHOREO_TRY(check_id(text_of_id(*value), name));
    if (!integer) continue;
    const auto at = static_cast<std::size_t>(value->data() - draft.target.data());
    draft.target.replace(at, value->size(), json::quote(std::string(*value)));
  }
  return {};
}

// Where a field's address stands (tables.<table>.<id>.fields.<field>) an id is named, though not as an INS names it.
bool lacks_an_id(const Draft& draft) {
  if (draft.op != Operator::INS || json::find(draft.target, "id")) return false;
  return !json::find(draft.target, "entity_id") || !json::find(draft.target, "field");
}

void warn_of_reserved_members(Draft& draft) {
  for (const json::Member& member : json::members(draft.target)) {
    if (!is_reserved_member(member.key) || member.key == "id") continue;
    const std::string name(member.key);
    draft.warnings.push_back({"reserved_member",
                              "\"" + name + "\" is kept by the server and is no field; it was passed over.",
                              "target." + name, name == "table" ? "context.table" : ""});
  }
}

// Options of a REC in another object than the one they are read from.
void warn_of_misplaced_options(Draft& draft) {
  static constexpr std::array<std::string_view, 4> kSnapshot = {"match_on", "absence_means", "null_fields_mean",
                                                                "ignore_fields"};
  static constexpr std::array<std::string_view, 3> kScan = {"min_cluster_size", "min_internal_coupling", "min_stance"};
  const auto look = [&](std::span<const std::string_view> names, const std::string& object, std::string_view text,
                        const std::string& right) {
    for (const std::string_view name : names)
      if (json::find(text, name))
        draft.warnings.push_back(unknown_member(name, object + "." + std::string(name), right + std::string(name)));
  };
  const std::string_view type = json::find(draft.context, "type").value_or("");
  if (type == "\"snapshot_ingest\"") {
    look(kSnapshot, "target", draft.target, "frame.");
    look(kSnapshot, "context", draft.context, "frame.");
  }
  if (type == "\"emergence_scan\"") {
    look(kScan, "context", draft.context, "target.");
    look(kScan, "frame", draft.frame, "target.");
  }
}

// What can be said without the state.
void warn(const Body& body, Draft& draft) {
  for (const std::string_view name : body.unknown)
    draft.warnings.push_back(unknown_member(name, shortened(json::unescape(name)), place_of_member(name)));
  if (body.ts) draft.warnings.push_back(unknown_member("ts", "ts", place_of_member("ts")));
  if (body.operand && !json::is_string(body.target.value_or("{}")))
    draft.warnings.push_back({"unknown_member", "An operand is read only where the target is an address.", "operand",
                              "target, or tables.<table>.<id> as the target"});
  const bool has_fields = draft.op == Operator::INS || draft.op == Operator::ALT || draft.op == Operator::DES;
  if (has_fields) warn_of_reserved_members(draft);
  if (draft.op == Operator::REC) warn_of_misplaced_options(draft);
}

Status check_table(std::string_view context) {
  const auto table = json::find(context, "table");
  if (!table) return {};
  if (json::is_string(*table)) return check_table_name(json::unquote(*table));
  return invalid("bad_table", "\"context.table\" must be a string, not " + std::string(kind_shown(*table)) + ".",
                 "table");
}

Result<std::string> read_guid(std::string_view value) {
  std::optional<std::string> guid;
  if (json::is_string(value)) guid = normalize_uuid(json::unquote(value));
  if (guid) return *std::move(guid);
  return invalid("bad_guid", "\"guid\" must be a UUID such as 0190b7a2-5d3c-7c4e-8f10-2a3b4c5d6e7f.", "guid");
}

// Nothing where an export left the time empty.
Result<std::optional<std::int64_t>> read_ts(std::string_view value) {
  if (json::is_null(value) || value == "\"\"") return std::optional<std::int64_t>();
  if (json::is_string(value)) {
    CHOREO_ASSIGN(const std::int64_t ms, parse_timestamp(json::unquote(value)));
    return std::optional(ms);
  }
  return invalid(
      "bad_timestamp",
      "\"ts\" must be a string such as 2026-02-15T16:22:01.000Z, not " + std::string(kind_shown(value)) + ".", "ts");
}

enum class Timestamp { ignored, honoured };

Result<Draft> parse_object(std::string_view text, Timestamp timestamp) {
  if (!json::is_object(text)) {
    return invalid("not_an_object", "An operation is a JSON object, not " + std::string(kind_shown(text)) + ".");
  }
  CHOREO_TRY(check_unique(text, "body"));
  const Body body = read_body(text);
  Draft draft;
  CHOREO_ASSIGN(draft.op, read_op(body.op));
  CHOREO_ASSIGN(draft.context, read_object(body.context, "context"));
  CHOREO_ASSIGN(draft.frame, read_object(body.frame, "frame"));
  CHOREO_TRY(read_target(body, draft));
  CHOREO_TRY(settle_ids(draft));
  CHOREO_TRY(check_table(draft.context));
  if (body.guid) {
    CHOREO_ASSIGN(draft.guid, read_guid(*body.guid));
  }
  if (body.ts && timestamp == Timestamp::honoured) {
    CHOREO_ASSIGN(draft.ts_ms, read_ts(*body.ts));
  }
  CHOREO_TRY(check_operation(draft));
  draft.makes_id = lacks_an_id(draft);
  if (timestamp == Timestamp::ignored) warn(body, draft);
  return draft;
}

}  // namespace

Result<Draft> parse_operation(std::string_view body) {
  CHOREO_ASSIGN(const std::string text, json::canonicalize(body));
  return parse_object(text, Timestamp::ignored);
}

Result<Draft> parse_canonical_operation(std::string_view object) {
  return parse_object(object, Timestamp::honoured);
}

}  // namespace choreo
