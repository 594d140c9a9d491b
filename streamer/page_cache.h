// Pages read lately, so that many streams that catch up together read the log once.
//
// Invariants: at most kPageCacheBytes; the page used least recently goes first. A log never changes behind its head, so
// a page stays true as long as its epoch does. Thread-safety: none; History locks.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

#include "streamer/page.h"

namespace choreo::streamer {

class PageCache {
 public:
  explicit PageCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // A page that knows what comes after that id, or null. log: slug and epoch in one text.
  PagePtr find(const std::string& log, std::int64_t after);
  // Pages without events are not kept: the log may have grown since.
  void insert(const std::string& log, PagePtr page);

 private:
  struct Entry {
    std::string log;
    PagePtr page;
  };
  using Entries = std::list<Entry>;  // the one used last at the front

  void remove(Entries::iterator entry);

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string, std::map<std::int64_t, Entries::iterator>> by_log_;  // by Page::after
};

}  // namespace choreo::streamer
