#include "streamer/page_cache.h"

#include "streamer/limits.h"

namespace choreo::streamer {

PagePtr PageCache::find(const std::string& log, std::int64_t after) {
  const auto pages = by_log_.find(log);
  if (pages == by_log_.end()) return nullptr;
  auto next = pages->second.upper_bound(after);
  if (next == pages->second.begin()) return nullptr;
  const Entries::iterator entry = std::prev(next)->second;
  if (after >= entry->page->last()) return nullptr;
  entry->used_ms = clock_.steady_ms();
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->page;
}

void PageCache::insert(const std::string& log, PagePtr page) {
  if (page->events.empty() || page->bytes > max_bytes_) return;
  auto& pages = by_log_[log];
  const auto same = pages.find(page->after);
  const std::int64_t after = page->after;
  bytes_ += page->bytes;
  entries_.push_front({log, std::move(page), clock_.steady_ms()});
  if (same != pages.end()) {
    const Entries::iterator old = same->second;
    same->second = entries_.begin();
    bytes_ -= old->page->bytes;
    entries_.erase(old);
  } else {
    pages.emplace(after, entries_.begin());
  }
  while (bytes_ > max_bytes_) remove(std::prev(entries_.end()));
}

bool PageCache::drop_idle() {
  if (entries_.empty()) return false;
  const std::int64_t limit = clock_.steady_ms() - kPageIdleMs;
  while (!entries_.empty() && entries_.back().used_ms <= limit) remove(std::prev(entries_.end()));
  return entries_.empty();
}

void PageCache::forget(const std::string& log) {
  for (auto pages = by_log_.find(log); pages != by_log_.end(); pages = by_log_.find(log))
    remove(pages->second.begin()->second);
}

void PageCache::remove(Entries::iterator entry) {
  const auto pages = by_log_.find(entry->log);
  pages->second.erase(entry->page->after);
  if (pages->second.empty()) by_log_.erase(pages);
  bytes_ -= entry->page->bytes;
  entries_.erase(entry);
}

}  // namespace choreo::streamer
