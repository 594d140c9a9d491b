// A summary of each 256 consecutive ids of the log: which operators, times and terms they hold, so that a search reads
// only the parts of the log where a match can be (a zone map with a Bloom filter).
//
// Invariants: a zone has its row once the log has gone past it; the newest, unfinished zone has none. A summary may
// say that something is there that is not, never the opposite.
// Thread-safety: one thread at a time. Ownership: uses the Database it was made with, which must outlive it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

inline constexpr std::int64_t kZoneOperations = 256;
inline std::int64_t zone_of(std::int64_t op_id) {
  return (op_id - 1) / kZoneOperations;
}

enum class Part : char { target = 't', context = 'c', frame = 'f' };

// Stands for "this part of the operation has a member of that name with that value". key: as json::Member::key; value:
// canonical text of a string or a boolean.
std::uint64_t term(Part part, std::string_view key, std::string_view value);

struct ZoneSummary {
  std::int64_t zone = 0;
  std::uint32_t operators = 0;  // bit i: the i-th of kOperatorNames
  std::int64_t min_ts_ms = 0;
  std::int64_t max_ts_ms = 0;
  std::string terms;  // the Bloom filter; "": nothing can be ruled out by terms

  bool may_have(Operator op) const { return (operators >> static_cast<unsigned>(op) & 1) != 0; }
  bool may_have(std::uint64_t term) const;
};

// From the earliest to the latest of some times; one that cannot be read may be any.
class TimeSpan {
 public:
  void add(std::string_view ts);
  std::int64_t min_ms();
  std::int64_t max_ms();

 private:
  void widen(std::string_view ts);
  void read_ours();

  std::string earliest_, latest_;  // of those in our own form
  std::int64_t min_ms_ = INT64_MAX;
  std::int64_t max_ms_ = INT64_MIN;
};

// What a zone's operations hold, before it is summarized.
struct ZoneContents {
  std::uint32_t operators = 0;
  TimeSpan times;
  std::vector<std::uint64_t> terms;

  void add(const Operation& operation);
};

// For the transaction that appends.
class ZoneWriter {
 public:
  static Result<ZoneWriter> prepare(sqlite::Database& db);
  // Starts a transaction; legacy_last_id as in `state`.
  void load(std::int64_t legacy_last_id);
  // The log's next operation, which is in the log already. Finishes the zone before its own where it begins one.
  Status add(const Operation& operation);
  // Operations that were added are not in the log after all.
  void forget() { known_zone_ = kNone; }

  std::int64_t last_id() const { return last_id_; }
  void restore(std::int64_t last_id) {
    last_id_ = last_id;
    forget();
  }

 private:
  static constexpr std::int64_t kNone = -1;

  ZoneWriter() = default;
  void collect(const Operation& operation);
  Status finish(std::int64_t zone);
  Result<ZoneContents> read(std::int64_t zone);

  std::int64_t last_id_ = 0;  // 0: unknown, the one before the next
  std::int64_t legacy_last_id_ = 0;
  // Of the zone at hand, where every operation of it went through here; else it is read when it is finished. Ids
  // without a gap tell that no other process appended in between.
  std::int64_t known_zone_ = kNone;
  std::int64_t known_last_id_ = 0;
  ZoneContents known_;
  sqlite::Statement rows_, save_;
};

// The statement that reads a zone's operations, newest first; bind_zone() says which.
std::string select_zone();
void bind_zone(sqlite::Statement& rows, std::int64_t zone);

}  // namespace choreo::log
