// Pages read lately, so that many streams that catch up together read the log once.
//
// Invariants: at most kPageCacheBytes; the page used least recently goes first. A log never changes behind its head, so
// a page stays true as long as its epoch does. Thread-safety: none; History locks.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/text_map.h"
#include "streamer/page.h"

namespace choreo::streamer {

class PageCache {
 public:
  PageCache(std::size_t max_bytes, Clock& clock) : max_bytes_(max_bytes), clock_(clock) {}

  // A page that knows what comes after that id, or null. log: slug and epoch in one text.
  PagePtr find(const std::string& log, std::int64_t after);
  // Pages without events are not kept: the log may have grown since.
  void insert(const std::string& log, PagePtr page);
  // Drops pages that nobody asked for in kPageIdleMs. True if that emptied the cache.
  bool drop_idle();
  // All of that log.
  void forget(const std::string& log);

 private:
  struct Entry {
    std::string log;
    PagePtr page;
    std::int64_t used_ms;
  };
  using Entries = std::list<Entry>;  // the one used last at the front

  void remove(Entries::iterator entry);

  const std::size_t max_bytes_;
  Clock& clock_;
  std::size_t bytes_ = 0;
  Entries entries_;
  TextMap<std::map<std::int64_t, Entries::iterator>> by_log_;  // by Page::after
};

}  // namespace choreo::streamer
