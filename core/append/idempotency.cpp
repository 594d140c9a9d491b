#include "append/idempotency.h"

#include "base/ids.h"
#include "base/limits.h"
#include "json/object.h"

namespace choreo::append {
namespace {

constexpr const char* kHeaderPrefix = "k:";
constexpr const char* kGuidPrefix = "g:";

std::string without_trace(const std::string& context) {
  json::Object object = json::Object::parse(context);
  object.erase("trace_id");
  return object.text();
}

// A retry may travel under another trace, which is not part of what is asked.
bool same_operation(const Operation& stored, const Draft& draft) {
  const bool same_target =
      draft.makes_id ? stored.target == with_id(draft.target, stored.guid) : stored.target == draft.target;
  return stored.op == draft.op && same_target && stored.frame == draft.frame &&
         without_trace(stored.context) == without_trace(draft.context);
}

Result<Answer> answer_again(log::Writer& writer, const log::KeyRecord& record, Operation first) {
  Answer answer;
  answer.duplicate = true;
  answer.generated_count = record.last_id - record.op_id;
  for (std::int64_t id = record.op_id + 1; id <= record.last_id && !answer.list_is_full; ++id) {
    CHOREO_ASSIGN(const std::optional<Operation> generated, writer.operation(id));
    if (generated) list_generated(answer, *generated);
  }
  if (!record.extra.empty()) answer.extra_members.push_back(record.extra);
  answer.operation = std::move(first);
  return answer;
}

Result<std::optional<log::KeyRecord>> find(log::Writer& writer, const std::string& key, const Request& request) {
  CHOREO_ASSIGN(std::optional<log::KeyRecord> record, writer.find_key(key));
  if (record || !key.starts_with(kGuidPrefix)) return record;
  // A guid that we made has no row in the index: it tells which operation it would be (base/ids.h).
  const std::optional<std::int64_t> id = guid_op_id(request.draft.guid);
  if (!id) return record;
  CHOREO_ASSIGN(const std::optional<Operation> operation, writer.operation(*id));
  if (operation && operation->guid == request.draft.guid) record = log::KeyRecord{*id, *id, ""};
  return record;
}

}  // namespace

void list_generated(Answer& answer, const Operation& generated) {
  if (answer.list_is_full) return;
  append_json(answer.generated.emplace_back(), generated);
  answer.listed_bytes += answer.generated.back().size();
  answer.list_is_full =
      answer.generated.size() >= kMaxGeneratedInAnswer || answer.listed_bytes >= kMaxGeneratedBytesInAnswer;
}

std::vector<std::string> keys_of(const Request& request) {
  std::vector<std::string> keys;
  if (!request.idempotency_key.empty()) keys.push_back(kHeaderPrefix + request.idempotency_key);
  if (!request.draft.guid.empty()) keys.push_back(kGuidPrefix + request.draft.guid);
  return keys;
}

Result<std::optional<Answer>> find_duplicate(log::Writer& writer, const Request& request) {
  for (const std::string& key : keys_of(request)) {
    CHOREO_ASSIGN(const std::optional<log::KeyRecord> record, find(writer, key, request));
    if (!record) continue;
    CHOREO_ASSIGN(std::optional<Operation> stored, writer.operation(record->op_id));
    if (!stored || !same_operation(*stored, request.draft))
      return make_error(ErrorKind::conflict, "idempotency_conflict",
                        "this key was used for another operation (op_id " + std::to_string(record->op_id) +
                            "); send a new key with a new operation");
    CHOREO_ASSIGN(Answer answer, answer_again(writer, *record, std::move(*stored)));
    return std::optional(std::move(answer));
  }
  return std::optional<Answer>();
}

Status remember(log::Writer& writer, const Request& request, const Answer& answer, std::int64_t last_id) {
  std::string extra;
  for (const std::string& member : answer.extra_members) extra += (extra.empty() ? "" : ",") + member;
  for (const std::string& key : keys_of(request))
    CHOREO_TRY(writer.remember_key(key, {answer.operation.id, last_id, extra}));
  return {};
}

}  // namespace choreo::append
