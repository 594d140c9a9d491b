#include "dispatcher/log_source.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace choreo::dispatcher {

// Before another is opened, so that no more are open at any moment: there may be no descriptor for one more.
void LogSource::make_room() {
  if (readers_.size() < max_readers_) return;
  by_slug_.erase(readers_.back().slug);
  readers_.pop_back();
}

Result<log::Reader*> LogSource::reader(const std::string& slug, const std::string& epoch) {
  auto found = by_slug_.find(slug);
  if (found == by_slug_.end()) {
    make_room();
    CHOREO_ASSIGN(log::Reader opened, log::Reader::open(instances_, slug));
    CHOREO_ASSIGN(const log::Head head, opened.head());
    readers_.push_front({slug, head.epoch, std::move(opened)});
    found = by_slug_.emplace(slug, readers_.begin()).first;
  }
  readers_.splice(readers_.begin(), readers_, found->second);
  // Another instance may have taken the name while its file was not open here.
  if (found->second->epoch != epoch)
    return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was deleted and made anew");
  return &found->second->reader;
}

// A reader that failed is opened again next time: what failed may be its connection. What was read stays: if the file
// was replaced, that tells where the two logs part.
template <class T>
Result<T> LogSource::checked(const std::string& slug, Result<T> result) {
  if (!result.ok()) close(slug);
  return result;
}

Result<log::Head> LogSource::head(const std::string& slug) {
  make_room();
  CHOREO_ASSIGN(log::Reader opened, log::Reader::open(instances_, slug));
  return opened.head();
}

Result<RecordPtr> LogSource::find(const std::string& slug, const std::string& epoch, std::int64_t id) {
  if (RecordPtr cached = cache_.find(slug, id)) return cached;
  CHOREO_ASSIGN(log::Reader * opened, reader(slug, epoch));
  CHOREO_ASSIGN(std::vector<Operation> operations, checked(slug, opened->page(id - 1, kPageOperations, kPageBytes)));
  if (operations.empty() || operations.front().id != id) return RecordPtr();
  std::vector<RecordPtr> records;
  records.reserve(operations.size());
  for (Operation& operation : operations) records.push_back(std::make_shared<const Record>(std::move(operation)));
  RecordPtr first = records.front();
  cache_.add(slug, std::move(records));
  return first;
}

Result<RecordPtr> LogSource::find_one(const std::string& slug, const std::string& epoch, std::int64_t id) {
  if (RecordPtr cached = cache_.find(slug, id)) return cached;
  CHOREO_ASSIGN(log::Reader * opened, reader(slug, epoch));
  CHOREO_ASSIGN(std::optional<Operation> operation, checked(slug, opened->operation(id)));
  return operation ? std::make_shared<const Record>(std::move(*operation)) : RecordPtr();
}

Result<std::int64_t> LogSource::unchanged_up_to(const std::string& slug, const std::string& epoch, std::int64_t head) {
  const std::vector<RecordPtr> known = cache_.records_of(slug);
  forget(slug);
  CHOREO_ASSIGN(log::Reader * opened, reader(slug, epoch));
  const auto at = [&](std::int64_t id) { return checked(slug, opened->operation(id)); };
  for (const RecordPtr& record : known) {
    CHOREO_ASSIGN(const std::optional<Operation> now, at(record->id()));
    if (now && now->guid == record->operation().guid) continue;
    // Before what was read lately there may be others that were not in the log when this one was.
    std::int64_t kept = std::min(head, record->id() - 1);
    for (; kept > 0; --kept) {
      CHOREO_ASSIGN(const std::optional<Operation> before, at(kept));
      if (before && before->ts <= record->operation().ts) break;
    }
    return kept;
  }
  return head;
}

void LogSource::forget(const std::string& slug) {
  cache_.forget(slug);
  close(slug);
}

void LogSource::close(const std::string& slug) {
  const auto found = by_slug_.find(slug);
  if (found == by_slug_.end()) return;
  readers_.erase(found->second);
  by_slug_.erase(found);
}

}  // namespace choreo::dispatcher
