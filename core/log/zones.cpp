#include "log/zones.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "json/scan.h"
#include "log/rows.h"

namespace choreo::log {
namespace {

constexpr std::size_t kBitsPerTerm = 10;  // with 4 probes: one in a hundred zones is read in vain
constexpr int kProbes = 4;
constexpr std::size_t kMaxBits = std::size_t{1} << 20;  // 128 KiB: a zone of more terms is not summarized by terms

// FNV-1a, 64 bits, with a final mix: its low bits alone are weak.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) add(c);
  }
  void add(char c) { value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3; }
  std::uint64_t value() const {
    std::uint64_t mixed = (value_ ^ (value_ >> 33)) * 0xff51afd7ed558ccd;
    return mixed ^ (mixed >> 33);
  }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

// Calls with(bit) for each bit that stands for the term in a filter of `bits` bits, until it returns false.
template <class With>
bool each_bit(std::uint64_t term, std::size_t bits, With with) {
  const std::uint64_t step = (term >> 32) | 1;
  for (int i = 0; i < kProbes; ++i)
    if (!with(static_cast<std::size_t>((term + static_cast<std::uint64_t>(i) * step) % bits))) return false;
  return true;
}

constexpr std::size_t kOurForm = std::string_view("2026-02-15T16:22:01.000Z").size();

void add_terms(Part part, std::string_view object, std::vector<std::uint64_t>& terms) {
  for (const json::Member& member : json::members(object)) {
    const json::Kind kind = json::kind_of(member.value);
    if (kind == json::Kind::string || kind == json::Kind::boolean)
      terms.push_back(term(part, member.key, member.value));
  }
}

std::string bloom_of(std::vector<std::uint64_t> terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  const std::size_t bits = (std::max<std::size_t>(terms.size(), 1) * kBitsPerTerm + 7) / 8 * 8;
  if (bits > kMaxBits) return "";
  std::string filter(bits / 8, '\0');
  for (const std::uint64_t term : terms)
    each_bit(term, bits, [&](std::size_t bit) {
      filter[bit / 8] = static_cast<char>(filter[bit / 8] | 1 << bit % 8);
      return true;
    });
  return filter;
}

}  // namespace

std::string select_zone() {
  return "SELECT " + std::string(kOperationColumns) + " FROM operations WHERE id > ? AND id <= ? ORDER BY id DESC";
}

void bind_zone(sqlite::Statement& rows, std::int64_t zone) {
  rows.bind(1, zone * kZoneOperations).bind(2, (zone + 1) * kZoneOperations);
}

std::uint64_t term(Part part, std::string_view key, std::string_view value) {
  Hash hash;
  hash.add(static_cast<char>(part));
  hash.add(key);
  hash.add('\0');
  hash.add(value);
  return hash.value();
}

bool ZoneSummary::may_have(std::uint64_t term) const {
  if (terms.empty()) return true;
  return each_bit(term, terms.size() * 8, [&](std::size_t bit) { return (terms[bit / 8] >> bit % 8 & 1) != 0; });
}

void TimeSpan::add(std::string_view ts) {
  // Nearly all follow one another in the same form, whose text order is time order: two of them are read in the end.
  if (ts.size() == kOurForm && ts.back() == 'Z') {
    if (earliest_.empty() || ts < earliest_) earliest_ = ts;
    if (ts > latest_) latest_ = ts;
  } else {
    widen(ts);
  }
}

std::int64_t TimeSpan::min_ms() {
  read_ours();
  return min_ms_;
}

std::int64_t TimeSpan::max_ms() {
  read_ours();
  return max_ms_;
}

void TimeSpan::widen(std::string_view ts) {
  const Result<std::int64_t> ms = parse_timestamp(ts);
  min_ms_ = std::min(min_ms_, ms.ok() ? *ms : INT64_MIN);
  max_ms_ = std::max(max_ms_, ms.ok() ? *ms : INT64_MAX);
}

void TimeSpan::read_ours() {
  if (earliest_.empty()) return;
  widen(std::exchange(earliest_, {}));
  widen(latest_);
}

void ZoneContents::add(const Operation& operation) {
  operators |= 1u << static_cast<unsigned>(operation.op);
  times.add(operation.ts);
  add_terms(Part::target, operation.target, terms);
  add_terms(Part::context, operation.context, terms);
  add_terms(Part::frame, operation.frame, terms);
}

Result<ZoneWriter> ZoneWriter::prepare(sqlite::Database& db) {
  ZoneWriter writer;
  CHOREO_ASSIGN(writer.rows_, db.prepare(select_zone()));
  CHOREO_ASSIGN(writer.save_, db.prepare("INSERT OR REPLACE INTO zones(zone, operators, min_ts_ms, max_ts_ms, terms) "
                                         "VALUES(?, ?, ?, ?, ?)"));
  return writer;
}

void ZoneWriter::load(std::int64_t legacy_last_id) {
  last_id_ = 0;
  legacy_last_id_ = legacy_last_id;
}

Status ZoneWriter::add(const Operation& operation) {
  const std::int64_t before = last_id_ > 0 ? last_id_ : operation.id - 1;
  last_id_ = operation.id;
  if (before != 0 && zone_of(before) != zone_of(operation.id)) CHOREO_TRY(finish(zone_of(before)));
  collect(operation);
  return {};
}

void ZoneWriter::collect(const Operation& operation) {
  const std::int64_t zone = zone_of(operation.id);
  if (operation.id == zone * kZoneOperations + 1) {
    known_zone_ = zone;
    known_ = {};
  } else if (known_zone_ != zone || known_last_id_ + 1 != operation.id) {
    forget();
    return;
  }
  known_last_id_ = operation.id;
  known_.add(operation);
}

Result<ZoneContents> ZoneWriter::read(std::int64_t zone) {
  ZoneContents contents;
  const sqlite::ResetGuard guard(rows_);
  bind_zone(rows_, zone);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows_.step());
    if (!row) return contents;
    CHOREO_ASSIGN(const Operation operation, operation_from(rows_, legacy_last_id_));
    contents.add(operation);
  }
}

Status ZoneWriter::finish(std::int64_t zone) {
  ZoneContents contents;
  if (known_zone_ == zone && known_last_id_ == (zone + 1) * kZoneOperations) {
    contents = std::move(known_);
  } else {
    CHOREO_ASSIGN(contents, read(zone));
  }
  const std::string filter = bloom_of(std::move(contents.terms));
  return save_.bind(1, zone)
      .bind(2, std::int64_t{contents.operators})
      .bind(3, contents.times.min_ms())
      .bind(4, contents.times.max_ms())
      .bind_blob(5, filter)
      .run();
}

}  // namespace choreo::log
