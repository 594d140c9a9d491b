#include "dispatcher/page_cache.h"

#include <iterator>

namespace choreo::dispatcher {

RecordPtr PageCache::find(const std::string& slug, std::int64_t id) {
  const auto pages = by_first_id_.find(slug);
  if (pages == by_first_id_.end()) return nullptr;
  const auto after = pages->second.upper_bound(id);
  if (after == pages->second.begin()) return nullptr;
  const Place page = std::prev(after)->second;
  if (id > page->last()) return nullptr;
  pages_.splice(pages_.begin(), pages_, page);
  return page->records[static_cast<std::size_t>(id - page->first())];
}

void PageCache::add(const std::string& slug, std::vector<RecordPtr> records) {
  Page page{slug, std::move(records)};
  for (const RecordPtr& record : page.records) page.bytes += record->bytes();
  auto& places = by_first_id_[slug];
  if (const auto same = places.find(page.first()); same != places.end()) {
    bytes_ -= same->second->bytes;
    pages_.erase(same->second);
    places.erase(same);
  }
  bytes_ += page.bytes;
  const std::int64_t first = page.first();
  pages_.push_front(std::move(page));
  places[first] = pages_.begin();
  while (bytes_ > max_bytes_ && pages_.size() > 1) erase(std::prev(pages_.end()));
}

std::vector<RecordPtr> PageCache::records_of(const std::string& slug) const {
  std::vector<RecordPtr> records;
  const auto pages = by_first_id_.find(slug);
  if (pages == by_first_id_.end()) return records;
  for (const auto& [first, page] : pages->second)
    for (const RecordPtr& record : page->records)
      if (records.empty() || record->id() > records.back()->id()) records.push_back(record);
  return records;
}

void PageCache::forget(const std::string& slug) {
  const auto pages = by_first_id_.find(slug);
  if (pages == by_first_id_.end()) return;
  for (const auto& [first, page] : pages->second) {
    bytes_ -= page->bytes;
    pages_.erase(page);
  }
  by_first_id_.erase(pages);
}

void PageCache::erase(Place page) {
  bytes_ -= page->bytes;
  const auto places = by_first_id_.find(page->slug);
  places->second.erase(page->first());
  if (places->second.empty()) by_first_id_.erase(places);
  pages_.erase(page);
}

}  // namespace choreo::dispatcher
