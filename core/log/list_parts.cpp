#include "log/list_parts.h"

#include <string>
#include <vector>

#include "json/object.h"

namespace choreo::log {
namespace {

Error missing_part(std::int64_t part) {
  return make_error(ErrorKind::unavailable, "corrupt",
                    "part " + std::to_string(part) +
                        " of an entity's list is missing; rebuild the instance, or restore it from a backup");
}

}  // namespace

Result<PartWriter> PartWriter::prepare(sqlite::Database& db) {
  PartWriter parts;
  CHOREO_ASSIGN(parts.add_, db.prepare("INSERT INTO list_parts(op_id, before, elements) VALUES(?, ?, ?)"));
  return parts;
}

Status PartWriter::add(std::int64_t op_id, std::int64_t before, std::string_view elements) {
  return add_.bind(1, op_id).bind(2, before).bind(3, elements).run();
}

Result<PartReader> PartReader::prepare(sqlite::Database& db) {
  PartReader parts;
  CHOREO_ASSIGN(parts.find_, db.prepare("SELECT before, elements FROM list_parts WHERE op_id = ?"));
  return parts;
}

// Each with a comma after it.
Result<std::string> PartReader::elements(std::int64_t newest) {
  std::vector<std::string> parts;
  std::size_t size = 0;
  for (std::int64_t part = newest; part != 0;) {
    const sqlite::ResetGuard guard(find_);
    CHOREO_ASSIGN(const bool row, find_.bind(1, part).step());
    if (!row || find_.integer(0) >= part) return missing_part(part);
    size += parts.emplace_back(find_.text(1)).size() + 1;
    part = find_.integer(0);
  }
  std::string out;
  out.reserve(size);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) out.append(*part).append(",");
  return out;
}

Status PartReader::make_whole(projection::EntityState& entity) {
  if (!entity.has_parts()) return {};
  json::Object data = json::Object::parse(entity.data);
  for (std::size_t list = 0; list < entity.parts.size(); ++list) {
    if (entity.parts[list] == 0) continue;
    const std::string_view* rest = data.find(projection::kListNames[list]);
    if (!rest || !json::is_array(*rest)) return missing_part(entity.parts[list]);
    CHOREO_ASSIGN(std::string whole, elements(entity.parts[list]));
    if (*rest == "[]") whole.pop_back();
    data.set_owned(projection::kListNames[list], "[" + whole + std::string(rest->substr(1)));
  }
  entity.data = data.text();
  entity.parts = {};
  return {};
}

}  // namespace choreo::log
