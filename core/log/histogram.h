// How many operations of a log happened when: counted exactly, from the summaries of its zones (log/zones.h), so that
// only zones across the edge of a bucket are read.
//
// An operation counts where its own time falls, wherever it stands in the log; one whose time cannot be read (the
// earlier system's may be anything) counts nowhere. Cost: the zones from the first operation not before `from` on, and
// the operations of at most one zone an edge where times ascend with ids; of more where they do not. Thread-safety: one
// thread at a time, the reader's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log/reader.h"

namespace choreo::log {

struct HistogramRange {
  std::optional<std::int64_t> from_ms;  // nothing: the earliest time in the log
  std::optional<std::int64_t> to_ms;    // exclusive; nothing: just after the latest
  std::int64_t buckets = 1;             // at least 1
};

struct Histogram {
  struct Bucket {
    std::int64_t operations = 0;
    std::int64_t last_id = 0;  // the greatest id in it; 0: it is empty
  };
  std::int64_t from_ms = 0;
  std::int64_t bucket_ms = 0;  // each bucket's length; 0: there are no buckets, since nothing says where they would lie
  std::vector<Bucket> buckets;  // the last ones may begin after to_ms, and are empty then
  std::int64_t head = 0;
  std::int64_t zones_read = 0;  // whose operations were looked at one by one
};

// REQUIRES: from_ms < to_ms where both are given.
Result<Histogram> histogram(Reader& reader, const HistogramRange& range);

}  // namespace choreo::log
