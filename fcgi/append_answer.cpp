#include "fcgi/append_answer.h"

#include "json/scan.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kUsualAnswerBytes = 256;

}  // namespace

std::string answer_json(const append::Answer& answer, bool dry_run) {
  const Operation& operation = answer.operation;
  std::string out;
  out.reserve(kUsualAnswerBytes);
  out.append("{\"op_id\":").append(std::to_string(operation.id)).append(",\"pretty_id\":");
  json::append_string(out, operation.pretty_id);
  out.append(",\"guid\":");
  json::append_string(out, operation.guid);
  out.append(",\"ts\":");
  json::append_string(out, operation.ts);
  out.append(",\"op\":\"").append(name_of(operation.op)).append("\"");
  if (answer.made_id) {
    out.append(",\"id\":");
    json::append_string(out, operation.guid);
  }
  if (operation.op == Operator::DES && json::is_empty_object(operation.frame))
    out += ",\"_warning\":\"unframed_designation\"";
  if (answer.compound || answer.generated_count > 0) {
    out += ",\"generated\":[";
    for (const std::string& generated : answer.generated) out.append(out.back() == '[' ? "" : ",").append(generated);
    out += "],\"generated_count\":" + std::to_string(answer.generated_count);
    if (answer.generated_count > static_cast<std::int64_t>(answer.generated.size()))
      out += ",\"generated_truncated\":true";
  }
  for (const std::string& member : answer.extra_members) out.append(",").append(member);
  if (answer.duplicate) out += ",\"duplicate\":true";
  if (dry_run) out += ",\"dry_run\":true";
  return out += '}';
}

}  // namespace choreo::fcgi
