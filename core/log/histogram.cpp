#include "log/histogram.h"

#include <algorithm>
#include <functional>

#include "base/timestamp.h"
#include "log/late_runs.h"
#include "log/zones.h"

namespace choreo::log {
namespace {

class Counter {
 public:
  Counter(sqlite::Database& db, Histogram& found) : db_(db), found_(found) {}

  Status prepare();
  // Nothing where no operation has a time.
  Result<std::optional<std::int64_t>> earliest();
  Status count(std::int64_t to_ms);

 private:
  bool inside(std::int64_t ms) const { return ms >= found_.from_ms && ms < to_ms_; }
  std::size_t bucket_of(std::int64_t ms) const {
    return static_cast<std::size_t>((ms - found_.from_ms) / found_.bucket_ms);
  }
  void add(std::int64_t ms, std::int64_t operations, std::int64_t last_id) {
    Histogram::Bucket& bucket = found_.buckets[bucket_of(ms)];
    bucket.operations += operations;
    bucket.last_id = std::max(bucket.last_id, last_id);
  }
  Status add_whole(std::int64_t zone, std::int64_t ms);
  // with(zone, min_ms, max_ms): each zone from the first on; INT64_MIN and INT64_MAX where they are not known.
  Status each_zone(std::int64_t first, const std::function<Status(std::int64_t, std::int64_t, std::int64_t)>& with);
  // with(id, ms): each operation whose time can be read.
  Status read(std::int64_t zone, const std::function<void(std::int64_t, std::int64_t)>& with);

  sqlite::Database& db_;
  Histogram& found_;
  std::int64_t to_ms_ = 0;
  bool has_gaps_ = false;  // ids do not follow one another everywhere, as in logs of the earlier system
  sqlite::Statement zones_, times_, size_;
};

Status Counter::add_whole(std::int64_t zone, std::int64_t ms) {
  if (!has_gaps_) {
    add(ms, kZoneOperations, (zone + 1) * kZoneOperations);
    return {};
  }
  const sqlite::ResetGuard guard(size_);
  CHOREO_ASSIGN(const bool row, size_.bind(1, zone * kZoneOperations).bind(2, (zone + 1) * kZoneOperations).step());
  if (row) add(ms, size_.integer(0), size_.integer(1));
  return {};
}

Status Counter::prepare() {
  CHOREO_ASSIGN(found_.head, db_.query_integer("SELECT head FROM state", 0));
  CHOREO_ASSIGN(const std::int64_t operations, db_.query_integer("SELECT operations FROM state", 0));
  has_gaps_ = operations != found_.head;
  CHOREO_ASSIGN(zones_,
                db_.prepare("SELECT zone, min_ts_ms, max_ts_ms FROM zones WHERE zone >= ? AND zone < ? ORDER BY zone"));
  CHOREO_ASSIGN(times_, db_.prepare("SELECT id, ts FROM operations WHERE id > ? AND id <= ?"));
  CHOREO_ASSIGN(size_, db_.prepare("SELECT count(*), max(id) FROM operations WHERE id > ? AND id <= ?"));
  return {};
}

Status Counter::each_zone(std::int64_t first,
                          const std::function<Status(std::int64_t, std::int64_t, std::int64_t)>& with) {
  const std::int64_t newest = zone_of(found_.head);
  const sqlite::ResetGuard guard(zones_);
  zones_.bind(1, first).bind(2, newest);
  while (true) {
    CHOREO_ASSIGN(const bool row, zones_.step());
    if (!row) return with(newest, INT64_MIN, INT64_MAX);  // it has no summary yet
    CHOREO_TRY(with(zones_.integer(0), zones_.integer(1), zones_.integer(2)));
  }
}

Status Counter::read(std::int64_t zone, const std::function<void(std::int64_t, std::int64_t)>& with) {
  ++found_.zones_read;
  const sqlite::ResetGuard guard(times_);
  times_.bind(1, zone * kZoneOperations).bind(2, (zone + 1) * kZoneOperations);
  while (true) {
    CHOREO_ASSIGN(const bool row, times_.step());
    if (!row) return {};
    const Result<std::int64_t> ms = parse_timestamp(times_.text(1));
    if (ms.ok()) with(times_.integer(0), *ms);
  }
}

Result<std::optional<std::int64_t>> Counter::earliest() {
  std::int64_t found = INT64_MAX;
  CHOREO_TRY(each_zone(0, [&](std::int64_t zone, std::int64_t min_ms, std::int64_t) -> Status {
    if (min_ms == INT64_MIN) return read(zone, [&](std::int64_t, std::int64_t ms) { found = std::min(found, ms); });
    found = std::min(found, min_ms);
    return {};
  }));
  return found == INT64_MAX ? std::nullopt : std::optional(found);
}

Status Counter::count(std::int64_t to_ms) {
  to_ms_ = to_ms;
  CHOREO_ASSIGN(const std::int64_t before, prefix_until(db_, found_.from_ms - 1, found_.head));
  if (before == found_.head) return {};
  return each_zone(zone_of(before + 1), [&](std::int64_t zone, std::int64_t min_ms, std::int64_t max_ms) -> Status {
    if (max_ms < found_.from_ms || min_ms >= to_ms_) return {};
    if (inside(min_ms) && inside(max_ms) && bucket_of(min_ms) == bucket_of(max_ms)) return add_whole(zone, min_ms);
    return read(zone, [&](std::int64_t id, std::int64_t ms) {
      if (inside(ms)) add(ms, 1, id);
    });
  });
}

}  // namespace

Result<Histogram> histogram(Reader& reader, const HistogramRange& range) {
  CHOREO_TRY(reader.check());
  sqlite::Database& db = reader.database();
  CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(db, false));
  Histogram found;
  Counter counter(db, found);
  CHOREO_TRY(counter.prepare());
  CHOREO_ASSIGN(const std::int64_t latest, db.query_integer("SELECT max_ts_ms FROM state", kNoTimeMs));
  const bool has_times = latest > kNoTimeMs;
  if (!has_times && (!range.from_ms || !range.to_ms)) return found;
  if (range.from_ms) {
    found.from_ms = *range.from_ms;
  } else {
    CHOREO_ASSIGN(const std::optional<std::int64_t> earliest, counter.earliest());
    found.from_ms = std::min(earliest.value_or(latest), range.to_ms.value_or(INT64_MAX) - 1);
  }
  const std::int64_t to_ms = range.to_ms ? *range.to_ms : std::max(latest, found.from_ms) + 1;
  found.bucket_ms = (to_ms - found.from_ms + range.buckets - 1) / range.buckets;
  found.buckets.resize(static_cast<std::size_t>(range.buckets));
  if (has_times) CHOREO_TRY(counter.count(to_ms));
  CHOREO_TRY(reader.check());
  return found;
}

}  // namespace choreo::log
