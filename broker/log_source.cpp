#include "broker/log_source.h"

#include <algorithm>

#include "operation/operation.h"
#include "wire/message.h"

namespace choreo::broker {
namespace {

constexpr std::size_t kMaxReaders = 32;  // three descriptors each
constexpr int kMaxPageOperations = 1000;
constexpr std::size_t kMaxPageBytes = wire::kMaxRecordBytes / 2;  // a page may exceed it by its last operation

}  // namespace

Result<log::Reader*> Logs::reader(const std::string& slug) {
  const auto found =
      std::find_if(readers_.begin(), readers_.end(), [&](const auto& entry) { return entry.first == slug; });
  if (found != readers_.end()) {
    readers_.splice(readers_.begin(), readers_, found);
  } else {
    CHOREO_ASSIGN(log::Reader opened, log::Reader::open(instances_, slug));
    readers_.emplace_front(slug, std::move(opened));
    if (readers_.size() > kMaxReaders) readers_.pop_back();
  }
  return &readers_.front().second;
}

void Logs::close(const std::string& slug) {
  readers_.remove_if([&](const auto& entry) { return entry.first == slug; });
}

Result<log::Head> Logs::head(const std::string& slug) {
  CHOREO_ASSIGN(log::Reader * kept, reader(slug));
  auto head = kept->head();
  if (head.ok()) return head;
  // The file behind a kept reader may have been replaced: only a new one tells.
  close(slug);
  CHOREO_ASSIGN(log::Reader * fresh, reader(slug));
  head = fresh->head();
  if (!head.ok()) close(slug);
  return head;
}

Result<std::vector<std::string>> Logs::page(const std::string& slug, const std::string& epoch, std::int64_t after,
                                            std::int64_t last) {
  CHOREO_ASSIGN(const log::Head now, head(slug));
  if (now.epoch != epoch)
    return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was deleted and made anew");
  CHOREO_ASSIGN(log::Reader * kept, reader(slug));
  const auto limit = static_cast<int>(std::min<std::int64_t>(last - after, kMaxPageOperations));
  auto operations = kept->page(after, limit, kMaxPageBytes);
  if (!operations.ok()) {
    close(slug);
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
