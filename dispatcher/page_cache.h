// Pages of logs that were read lately, so that many webhooks at the same place of one log cost one read.
//
// Invariants: a page holds consecutive operations; at most max_bytes are kept (and always the newest page), least
// recently used out first. Records given out live as long as their users.
// Thread-safety: none; part of the loop's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dispatcher/record.h"

namespace choreo::dispatcher {

using RecordPtr = std::shared_ptr<const Record>;

class PageCache {
 public:
  explicit PageCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Null if no page has it.
  RecordPtr find(const std::string& slug, std::int64_t id);
  // REQUIRES: consecutive ids, not empty.
  void add(const std::string& slug, std::vector<RecordPtr> records);
  void forget(const std::string& slug);
  // Those of one log, by id.
  std::vector<RecordPtr> records_of(const std::string& slug) const;
  std::size_t bytes() const { return bytes_; }

 private:
  struct Page {
    std::string slug;
    std::vector<RecordPtr> records;
    std::size_t bytes = 0;
    std::int64_t first() const { return records.front()->id(); }
    std::int64_t last() const { return records.back()->id(); }
  };
  using Place = std::list<Page>::iterator;
  void erase(Place page);

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::list<Page> pages_;  // most recently used first
  std::map<std::string, std::map<std::int64_t, Place>> by_first_id_;
};

}  // namespace choreo::dispatcher
