#include "append/batch.h"

#include "append/emergence_scan.h"
#include "append/idempotency.h"
#include "append/snapshot_ingest.h"
#include "append/warnings.h"
#include "base/limits.h"
#include "json/object.h"
#include "json/string.h"
#include "log/projection_store.h"
#include "projection/values.h"

namespace choreo::append {
namespace {

enum class Rec { none, other, snapshot_ingest, feedback_rule, emergence_scan };

Rec rec_of(const Draft& draft) {
  if (draft.op != Operator::REC) return Rec::none;
  const std::string_view type = json::find(draft.context, "type").value_or("");
  if (type == "\"snapshot_ingest\"") return Rec::snapshot_ingest;
  if (type == "\"feedback_rule\"") return Rec::feedback_rule;
  if (type == "\"emergence_scan\"") return Rec::emergence_scan;
  return Rec::other;
}

}  // namespace

bool is_compound(const Draft& draft) {
  const Rec rec = rec_of(draft);
  return rec == Rec::snapshot_ingest || rec == Rec::emergence_scan;
}

namespace {

// The entity that If-Match is about: the one the operation changes first of all.
std::optional<std::string> named_entity(const Draft& draft) {
  const json::Object target = json::Object::parse(draft.target);
  if (draft.op == Operator::SYN) return projection::id_member(target, {"merge_into", "primary"});
  if (draft.op == Operator::NUL) return projection::id_member(target, {"entity_id", "id"});
  return projection::id_member(target, {"id"});
}

Error mismatch(const std::string& table, const std::string& id, const std::optional<projection::EntityState>& entity) {
  const std::string last_op = entity ? std::to_string(entity->last_op) : "0";
  Error error = make_error(ErrorKind::precondition_failed, "last_op_mismatch",
                           entity ? "the entity's last operation is " + last_op + ", not the one in If-Match"
                                  : "the entity does not exist; If-Match: \"0\" says so");
  error.extra = "\"last_op\":" + last_op + ",\"current\":";
  if (!entity) {
    error.extra += "null";
    return error;
  }
  json::Object current;
  current.set_owned("id", json::quote(id));
  current.set_owned("table", json::quote(table));
  current.set("alive", entity->alive ? "true" : "false");
  projection::add_fields(current, entity->data);
  error.extra += current.text();
  return error;
}

std::string index_list(const std::vector<std::size_t>& indexes) {
  std::string out = "[";
  for (std::size_t index : indexes) out += (out.size() > 1 ? "," : "") + std::to_string(index);
  return out + "]";
}

std::string error_list(const std::vector<RuleError>& errors) {
  std::string out = "[";
  for (const RuleError& error : errors)
    out += std::string(out.size() > 1 ? "," : "") + "{\"rule\":" + json::quote(error.rule) +
           ",\"error\":" + json::quote(error.message) + "}";
  return out + "]";
}

}  // namespace

bool Batch::fatal(const Error& error) {
  switch (error.kind) {
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::precondition_failed:
      return false;
    case ErrorKind::too_large:
      return error.code == kBeyondStorage || error.code == log::kEntityTooLarge;
    default:
      return true;
  }
}

Status Batch::begin() {
  CHOREO_TRY(writer_.begin());
  head_before_ = writer_.head();
  return {};
}

Result<Operation> Batch::append_one(const Draft& draft) {
  CHOREO_ASSIGN(Operation operation, writer_.append(draft, clock_.wall_ms()));
  records_.add(operation);
  return operation;
}

Status Batch::check_precondition(const Request& request) {
  if (!request.if_match) return {};
  const std::optional<std::string> id = named_entity(request.draft);
  if (!id)
    return invalid("if_match_without_entity", "If-Match needs an operation that names an entity in its target",
                   "If-Match");
  const std::string table = table_of(request.draft.context);
  CHOREO_ASSIGN(std::optional<projection::EntityState> entity, writer_.projection().find(table, *id));
  const bool other_log = !request.if_match_epoch.empty() && request.if_match_epoch != writer_.epoch();
  if (!other_log && (entity ? entity->last_op : 0) == *request.if_match) return {};
  if (entity) CHOREO_TRY(writer_.projection().whole(*entity));
  Error error = mismatch(table, *id, entity);
  if (other_log) error.message = "the ETag in If-Match is of another epoch: the instance was made again since";
  return error;
}

Result<Answer> Batch::append(const Request& request) {
  Budget budget(limits_);
  return append(request, budget);
}

Result<Answer> Batch::append(const Request& request, Budget& budget) {
  CHOREO_ASSIGN(std::optional<Answer> duplicate, find_duplicate(writer_, request));
  const Rec rec = rec_of(request.draft);
  if (duplicate) {
    duplicate->made_id = request.draft.makes_id;
    duplicate->compound = rec == Rec::snapshot_ingest || rec == Rec::emergence_scan;
    return std::move(*duplicate);
  }
  CHOREO_TRY(check_precondition(request));
  if (rec == Rec::feedback_rule) {
    CHOREO_ASSIGN([[maybe_unused]] const RuleTrigger checked,
                  parse_trigger(*json::find(request.draft.target, "trigger")));
  }
  bool strict = request.strict;
  if (request.warns && !strict) {
    CHOREO_ASSIGN(strict, rules_.strict(writer_.projection()));
  }
  CHOREO_ASSIGN(const bool ruled, rules_.any(writer_.projection()));
  const bool compound = is_compound(request.draft);
  if (!compound && !ruled && !strict && !request.dry_run) return append_new(request, false, budget);

  // It may be refused half-way, or be only asked about: then its own part is undone and its neighbours' stays.
  const std::size_t records = records_.count();
  CHOREO_TRY(writer_.savepoint());
  Result<Answer> answer = append_new(request, strict, budget);
  if (answer.ok() && !request.dry_run) {
    CHOREO_TRY(writer_.release_savepoint());
    return answer;
  }
  if (!answer.ok() && fatal(answer.error())) return answer;
  records_.back_to(records);
  rules_ = Rules();  // they may have been compiled from what is undone
  CHOREO_TRY(writer_.rollback_to_savepoint());
  return answer;
}

Status Batch::warn(const Request& request, bool strict, const Operation& operation, std::size_t changed) {
  if (!request.warns) return {};
  // Nearly all are these, and there is nothing to say of them.
  const bool usual = (operation.op == Operator::INS || operation.op == Operator::ALT) && changed > 0;
  if (!usual || !request.draft.warnings.empty()) warnings_ = warnings_of(request.draft, operation, changed);
  return strict && !warnings_.empty() ? Status(refused_for_warnings(warnings_)) : Status();
}

Result<Answer> Batch::append_new(const Request& request, bool strict, Budget& budget) {
  Answer answer;
  rule_errors_.clear();
  warnings_.clear();
  cause_ts_ms_ = request.draft.ts_ms;
  CHOREO_ASSIGN(answer.operation, append_one(request.draft));
  answer.made_id = request.draft.makes_id;
  CHOREO_TRY(warn(request, strict, answer.operation, writer_.projection().changes().size()));
  CHOREO_ASSIGN([[maybe_unused]] const std::vector<Operation> by_rules,
                hold_against_rules(answer.operation, answer, budget));
  if (request.warns && rules_.loaded_at() == answer.operation.id) {
    CHOREO_ASSIGN(std::vector<Warning> of_rules, rule_warnings(answer.operation, writer_.projection()));
    std::move(of_rules.begin(), of_rules.end(), std::back_inserter(warnings_));
    if (strict && !warnings_.empty()) return refused_for_warnings(warnings_);
  }
  const Rec rec = rec_of(request.draft);
  if (rec == Rec::snapshot_ingest) CHOREO_TRY(ingest(request, strict, answer, budget));
  if (rec == Rec::emergence_scan) CHOREO_TRY(scan(answer, budget));
  if (!warnings_.empty()) answer.extra_members.push_back("\"_warnings\":" + warnings_json(warnings_));
  if (!rule_errors_.empty()) answer.extra_members.push_back("\"rule_errors\":" + error_list(rule_errors_));
  CHOREO_TRY(remember(writer_, request, answer, writer_.head()));
  return answer;
}

Result<Operation> Batch::append_generated(Draft draft, Answer& answer) {
  draft.ts_ms = cause_ts_ms_;
  CHOREO_ASSIGN(Operation generated, append_one(draft));
  ++answer.generated_count;
  if (between_) between_();
  list_generated(answer, generated);
  return generated;
}

Result<std::vector<Operation>> Batch::hold_against_rules(const Operation& operation, Answer& answer, Budget& budget) {
  CHOREO_ASSIGN(Caused caused, rules_.evaluate(operation, writer_.projection(), budget));
  std::vector<Operation> made;
  for (const Draft& draft : caused.drafts) {
    CHOREO_ASSIGN(Operation generated, append_generated(draft, answer));
    made.push_back(std::move(generated));
  }
  for (RuleError& error : caused.errors)
    if (rule_errors_.size() < kMaxRuleErrors) rule_errors_.push_back(std::move(error));
  return made;
}

Status Batch::ingest(const Request& request, bool strict, Answer& answer, Budget& budget) {
  answer.compound = true;
  ProgressMeter meter(request.report, clock_);
  const Generate generate = [&](Draft draft) -> Result<std::vector<Operation>> {
    CHOREO_TRY(budget.take(draft));
    CHOREO_ASSIGN(const Operation generated, append_generated(std::move(draft), answer));
    meter.generated();
    return hold_against_rules(generated, answer, budget);
  };
  CHOREO_ASSIGN(const std::vector<std::size_t> skipped,
                ingest_snapshot(answer.operation, writer_.projection(), generate, meter));
  answer.extra_members.push_back("\"skipped\":" + index_list(skipped));
  if (!request.warns || skipped.empty()) return {};
  warnings_.push_back(rows_skipped(skipped));
  if (strict) return refused_for_warnings(warnings_);
  return {};
}

Status Batch::scan(Answer& answer, Budget& budget) {
  answer.compound = true;
  return scan_for_emergence(answer.operation, writer_.projection(), [&](Draft draft) -> Result<std::vector<Operation>> {
    CHOREO_TRY(budget.take(draft));
    CHOREO_ASSIGN([[maybe_unused]] const Operation generated, append_generated(std::move(draft), answer));
    return std::vector<Operation>();
  });
}

// Everything that may fail or throw comes before the COMMIT: after it, the outcome is that it is on disk.
Result<Committed> Batch::commit(const std::string& slug, const std::function<void()>& before_sync,
                                const std::function<void()>& after_sync) {
  Committed committed{slug, writer_.epoch(), 0, 0, 0, {}};
  if (writer_.head() != head_before_) {
    committed.first_id = head_before_ + 1;
    committed.last_id = writer_.head();
    committed.records = records_.take();
  }
  CHOREO_TRY(writer_.commit(before_sync, after_sync));
  committed.wal_bytes = writer_.wal_bytes();
  return committed;
}

}  // namespace choreo::append
