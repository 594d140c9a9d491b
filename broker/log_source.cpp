#include "broker/log_source.h"

#include <algorithm>

#include "operation/operation.h"
#include "wire/message.h"

namespace choreo::broker {
namespace {

constexpr int kMaxPageOperations = 1000;
constexpr std::size_t kMaxPageBytes = wire::kMaxRecordBytes / 2;  // a page may exceed it by its last operation

}  // namespace

Result<std::vector<std::string>> Logs::page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                            std::int64_t last) {
  CHOREO_ASSIGN(const log::Head now, readers_.head(slug));
  if (now.epoch != epoch)
    return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was deleted and made anew");
  CHOREO_ASSIGN(log::Reader * kept, readers_.reader(slug));
  const auto limit = static_cast<int>(std::min<std::int64_t>(last - after, kMaxPageOperations));
  auto operations = kept->page(after, limit, kMaxPageBytes);
  if (!operations.ok()) {
    readers_.close(slug);
    return std::move(operations).error();
  }
  std::vector<std::string> records;
  records.reserve(operations->size());
  for (const Operation& operation : *operations) {
    if (operation.id != after + 1 + static_cast<std::int64_t>(records.size())) break;
    append_json(records.emplace_back(), operation);
  }
  if (records.empty() && !operations->empty())
    return make_error(ErrorKind::unavailable, "log_gap",
                      "instance '" + slug + "' has no operation " + std::to_string(after + 1));
  return records;
}

}  // namespace choreo::broker
