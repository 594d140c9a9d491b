#include "log/search.h"

#include <algorithm>

#include "log/rows.h"
#include "sqlite/database.h"

namespace choreo::log {
namespace {

constexpr int kPageOperations = 500;  // of an id's, read together

}  // namespace

struct Search::Impl {
  Impl(Reader& from, sqlite::Transaction begun, SearchFor what)
      : reader(from), snapshot(std::move(begun)), wanted(std::move(what)) {}

  Reader& reader;
  sqlite::Transaction snapshot;  // declared before the statements: they end before it
  SearchFor wanted;
  std::int64_t mentioned_before = INT64_MAX;
  bool newest = false;           // the unfinished zone comes next
  std::int64_t zone_before = 0;  // zones from this one on are done
  std::int64_t legacy_last_id = 0;
  sqlite::Statement zones, rows;

  Status prepare(sqlite::Database& db);
  bool can_match(const ZoneSummary& zone) const;
  Result<std::optional<std::int64_t>> next_zone();
  Result<std::vector<Operation>> operations_of(std::int64_t zone);
  Result<std::vector<Operation>> next_mentions();
  Result<std::vector<Operation>> next_in_zones();
};

Status Search::Impl::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t head, db.query_integer("SELECT head FROM state", 0));
  CHOREO_ASSIGN(legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(zones, db.prepare("SELECT zone, operators, min_ts_ms, max_ts_ms, terms FROM zones WHERE zone < ? "
                                  "ORDER BY zone DESC"));
  CHOREO_ASSIGN(rows, db.prepare(select_zone()));
  newest = head > 0;
  zone_before = head > 0 ? zone_of(head) + 1 : 0;
  return {};
}

bool Search::Impl::can_match(const ZoneSummary& zone) const {
  if (wanted.op && !zone.may_have(*wanted.op)) return false;
  if (wanted.after_ms && zone.max_ts_ms <= *wanted.after_ms) return false;
  if (wanted.before_ms && zone.min_ts_ms >= *wanted.before_ms) return false;
  return std::all_of(wanted.terms.begin(), wanted.terms.end(), [&](std::uint64_t term) { return zone.may_have(term); });
}

Result<std::optional<std::int64_t>> Search::Impl::next_zone() {
  const sqlite::ResetGuard guard(zones);
  zones.bind(1, zone_before);
  while (true) {
    CHOREO_ASSIGN(const bool row, zones.step());
    if (!row) {
      zone_before = 0;
      return std::optional<std::int64_t>();
    }
    const ZoneSummary zone{zones.integer(0), static_cast<std::uint32_t>(zones.integer(1)), zones.integer(2),
                           zones.integer(3), std::string(zones.text(4))};
    zone_before = zone.zone;
    if (can_match(zone)) return std::optional(zone.zone);
  }
}

Result<std::vector<Operation>> Search::Impl::operations_of(std::int64_t zone) {
  std::vector<Operation> operations;
  const sqlite::ResetGuard guard(rows);
  bind_zone(rows, zone);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return operations;
    CHOREO_ASSIGN(Operation operation, operation_from(rows, legacy_last_id));
    operations.push_back(std::move(operation));
  }
}

// Only the newest zone has no row; one without operations (ids may have gaps) has none either.
Result<std::vector<Operation>> Search::Impl::next_in_zones() {
  if (newest) {
    newest = false;
    zone_before -= 1;
    CHOREO_ASSIGN(std::vector<Operation> operations, operations_of(zone_before));
    if (!operations.empty()) return operations;
  }
  CHOREO_ASSIGN(const std::optional<std::int64_t> zone, next_zone());
  if (!zone) return std::vector<Operation>();
  return operations_of(*zone);
}

Result<std::vector<Operation>> Search::Impl::next_mentions() {
  CHOREO_ASSIGN(std::vector<Operation> page,
                reader.mentions_before(*wanted.mentions, mentioned_before, kPageOperations));
  if (!page.empty()) mentioned_before = page.back().id;
  return page;
}

Search::Search(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Search::~Search() = default;

Result<std::unique_ptr<Search>> Search::open(Reader& reader, SearchFor wanted) {
  CHOREO_TRY(reader.check());
  CHOREO_ASSIGN(sqlite::Transaction snapshot, sqlite::Transaction::begin(reader.database(), false));
  auto impl = std::make_unique<Impl>(reader, std::move(snapshot), std::move(wanted));
  CHOREO_TRY(impl->prepare(reader.database()));
  return std::unique_ptr<Search>(new Search(std::move(impl)));
}

Result<std::vector<Operation>> Search::next() {
  return impl_->wanted.mentions ? impl_->next_mentions() : impl_->next_in_zones();
}

}  // namespace choreo::log
