#include "log/kept_readers.h"

#include <algorithm>

namespace choreo::log {

Result<Reader*> KeptReaders::reader(const std::string& slug) {
  const auto found =
      std::find_if(readers_.begin(), readers_.end(), [&](const auto& entry) { return entry.first == slug; });
  if (found != readers_.end()) {
    readers_.splice(readers_.begin(), readers_, found);
  } else {
    CHOREO_ASSIGN(Reader opened, Reader::open(instances_, slug));
    readers_.emplace_front(slug, std::move(opened));
    if (readers_.size() > max_) readers_.pop_back();
  }
  return &readers_.front().second;
}

void KeptReaders::close(const std::string& slug) {
  readers_.remove_if([&](const auto& entry) { return entry.first == slug; });
}

Result<Head> KeptReaders::head(const std::string& slug) {
  CHOREO_ASSIGN(Reader * kept, reader(slug));
  auto head = kept->head();
  if (head.ok()) return head;
  // The file behind a kept reader may have been replaced: only a new one tells.
  close(slug);
  CHOREO_ASSIGN(Reader * fresh, reader(slug));
  head = fresh->head();
  if (!head.ok()) close(slug);
  return head;
}

}  // namespace choreo::log
