#include "append/snapshot_ingest.h"

#include <algorithm>

#include "append/match_index.h"
#include "append/snapshot_options.h"
#include "base/limits.h"
#include "base/text_map.h"
#include "json/number.h"
#include "json/object.h"
#include "json/string.h"
#include "operation/reserved.h"
#include "projection/values.h"

namespace choreo::append {
namespace {

constexpr int kAbsentPage = 1000;  // ids looked at together while absent entities are found

bool has_control_character(std::string_view utf8) {
  return std::any_of(utf8.begin(), utf8.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

class Ingest {
 public:
  Ingest(const Operation& rec, log::ProjectionStore& state, const Generate& generate)
      : options_(snapshot_options(rec)),
        rec_(rec),
        state_(state),
        generate_(generate),
        by_field_(state, options_.table, options_.match_on) {
    json::Object context;
    context.set_owned("table", json::quote(options_.table));
    context.set_owned("generated_by", std::to_string(rec.id));
    if (auto trace = json::find(rec.context, "trace_id")) context.set("trace_id", *trace);
    context_ = context.text();
  }

  Result<std::vector<std::size_t>> run(ProgressMeter& meter);

 private:
  Status emit(Operator op, const std::string& id, std::string target);
  Result<std::optional<std::string>> find_match(const std::string& key);
  Status take_row(const json::Object& row, const std::string& key, std::size_t index);
  Status insert(const json::Object& row, const std::string& key);
  Status alter(const json::Object& row, const std::string& id);
  Status take_null(const std::string& id, std::string_view field, const std::string_view* current);
  Status take_absent();
  bool is_ignored(std::string_view field) const {
    return is_reserved_member(field) || options_.ignored.contains(field);
  }

  SnapshotOptions options_;
  const Operation& rec_;
  log::ProjectionStore& state_;
  const Generate& generate_;
  std::string context_;
  MatchIndex by_field_;  // by match_on; unused where that is "id"
  TextSet seen_;         // ids in the snapshot
};

// Appends it; whatever that changed in the table, rules included, is looked at anew when the next row is matched.
Status Ingest::emit(Operator op, const std::string& id, std::string target) {
  Draft draft;
  draft.op = op;
  draft.target = std::move(target);
  draft.context = context_;
  draft.frame = "{}";
  CHOREO_ASSIGN(const std::vector<Operation> by_rules, generate_(std::move(draft)));
  if (options_.match_on == "id") return {};
  CHOREO_TRY(by_field_.note(id));
  for (const Operation& made : by_rules) {
    if (table_of(made.context) != options_.table) continue;
    for (const std::string& touched : mentioned_ids(made.target)) CHOREO_TRY(by_field_.note(touched));
  }
  return {};
}

Result<std::optional<std::string>> Ingest::find_match(const std::string& key) {
  CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, state_.find(options_.table, key));
  if (entity && entity->alive) return std::optional(key);
  if (options_.match_on == "id") return std::optional<std::string>();
  return by_field_.find(key);
}

Status Ingest::insert(const json::Object& row, const std::string& key) {
  json::Object target;
  target.set_owned("id", json::quote(key));
  for (const json::Member& member : row.members())
    if (!is_ignored(member.key) && !json::is_null(member.value)) target.set(member.key, member.value);
  return emit(Operator::INS, key, target.text());
}

Status Ingest::take_null(const std::string& id, std::string_view field, const std::string_view* current) {
  if (options_.null_fields == NullFields::unchanged || !current) return {};
  const std::string name = "\"" + std::string(field) + "\"";
  if (options_.null_fields == NullFields::cleared && projection::marker(*current, "_nul")) return {};
  if (options_.null_fields == NullFields::cleared)
    return emit(Operator::NUL, id, "{\"entity_id\":" + json::quote(id) + ",\"field\":" + name + "}");
  constexpr std::string_view kSnapshotVariant = R"({"source":"snapshot","value":null})";
  std::string variants;
  if (const auto sup = projection::marker(*current, "_sup"); sup && json::is_array(*sup)) {
    for (std::string_view variant : json::elements(*sup))
      if (json::equal(variant, kSnapshotVariant)) return {};
    variants = std::string(sup->substr(0, sup->size() - 1)) + (sup->size() > 2 ? "," : "");
  } else {
    variants = "[{\"source\":\"projection\",\"value\":" + std::string(*current) + "},";
  }
  variants.append(kSnapshotVariant).append("]");
  return emit(Operator::SUP, id,
              "{\"id\":" + json::quote(id) + ",\"field\":" + name + ",\"variants\":" + variants + "}");
}

Status Ingest::alter(const json::Object& row, const std::string& id) {
  CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, state_.find(options_.table, id));
  const json::Object data = json::Object::parse(entity->data);
  json::Object changes;
  changes.set_owned("id", json::quote(id));
  for (const json::Member& member : row.members()) {
    if (is_ignored(member.key)) continue;
    const std::string_view* current = data.find(member.key);
    if (json::is_null(member.value)) {
      CHOREO_TRY(take_null(id, member.key, current));
      continue;
    }
    const std::string_view now = comparable(current);
    if (now.empty() || !json::equal(now, member.value)) changes.set(member.key, member.value);
  }
  if (changes.members().size() == 1) return {};
  return emit(Operator::ALT, id, changes.text());
}

Status Ingest::take_row(const json::Object& row, const std::string& key, std::size_t index) {
  if (key.size() > kMaxEntityIdBytes || has_control_character(key)) {
    Error error = invalid("bad_id",
                          "row " + std::to_string(index) + ": its key is over " + std::to_string(kMaxEntityIdBytes) +
                              " bytes or holds a control character",
                          "rows");
    error.index = index;
    return error;
  }
  CHOREO_ASSIGN(const std::optional<std::string> match, find_match(key));
  seen_.insert(match.value_or(key));
  return match ? alter(row, *match) : insert(row, key);
}

Status Ingest::take_absent() {
  if (options_.absence == Absence::unchanged) return {};
  std::string after;
  while (true) {
    CHOREO_ASSIGN(const std::vector<std::string> ids, state_.alive_ids(options_.table, after, kAbsentPage));
    if (ids.empty()) return {};
    for (const std::string& id : ids) {
      if (seen_.contains(id)) continue;
      const std::string target = "{\"id\":" + json::quote(id);
      if (options_.absence == Absence::deleted)
        CHOREO_TRY(emit(Operator::NUL, id, target + "}"));
      else
        CHOREO_TRY(emit(Operator::DES, id, target + R"(,"flag":"absent_from_snapshot"})"));
    }
    after = ids.back();
  }
}

Result<std::vector<std::size_t>> Ingest::run(ProgressMeter& meter) {
  std::vector<std::size_t> skipped;
  if (options_.match_on != "id") CHOREO_TRY(by_field_.build());
  const std::string_view rows = json::find(rec_.target, "rows").value_or("[]");
  if (meter.wanted()) {
    const json::Elements elements(rows);
    meter.expect(std::distance(elements.begin(), elements.end()));
  }
  std::size_t index = 0;
  for (std::string_view text : json::elements(rows)) {
    const json::Object row = json::Object::parse(text);
    const std::string_view* value = row.find(options_.match_on);
    const std::string key = value ? key_text(*value) : std::string();
    if (key.empty())
      skipped.push_back(index);
    else
      CHOREO_TRY(take_row(row, key, index));
    ++index;
    meter.row_done();
  }
  CHOREO_TRY(take_absent());
  return skipped;
}

}  // namespace

Result<std::vector<std::size_t>> ingest_snapshot(const Operation& rec, log::ProjectionStore& state,
                                                 const Generate& generate, ProgressMeter& meter) {
  return Ingest(rec, state, generate).run(meter);
}

}  // namespace choreo::append
