#include "log/past_view.h"

#include <algorithm>

#include "base/timestamp.h"
#include "log/edge_table.h"
#include "log/history.h"
#include "log/late_runs.h"
#include "log/rows.h"
#include "projection/memory_store.h"
#include "projection/projector.h"

namespace choreo::log {

using projection::Edge;
using projection::EntityState;
using projection::Liveness;

namespace {

// The state after one operation of the log.
class HistoryView : public projection::View {
 public:
  HistoryView(History history, EdgeReader edges, std::int64_t at)
      : history_(std::move(history)), edges_(std::move(edges)), at_(at) {}

  Result<std::vector<std::string>> tables() override { return history_.tables().all(at_); }
  Result<std::vector<std::string>> tables_of(const std::string& id) override { return history_.tables().of(id, at_); }
  Result<std::optional<EntityState>> find(const std::string& table, const std::string& id) override {
    return history_.entity(table, id, at_);
  }
  Status scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) override {
    return history_.scan(table, after, at_, [&](const std::string& id, const EntityState& entity) -> Result<bool> {
      if (!counts(liveness, entity.alive)) return true;
      return each(id, entity);
    });
  }
  Result<std::vector<Edge>> edges_of(const std::string& id) override { return edges_.edges_of_at(id, at_); }

 private:
  History history_;
  EdgeReader edges_;
  std::int64_t at_;
};

// Applies those operations of a run whose time is not after until_ms.
Status apply_late(sqlite::Statement& rows, const LateRun& run, std::int64_t until_ms, std::int64_t legacy_last_id,
                  projection::Store& store) {
  const sqlite::ResetGuard guard(rows);
  rows.bind(1, run.first_id).bind(2, run.last_id);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    const Result<std::int64_t> ts_ms = parse_timestamp(rows.text(3));
    // One that cannot be read happened when its predecessor did, which is too late.
    if (!ts_ms.ok() || *ts_ms > until_ms) continue;
    CHOREO_ASSIGN(const Operation operation, operation_from(rows, legacy_last_id));
    CHOREO_TRY(projection::apply(operation, store));
  }
}

}  // namespace

struct PastView::Impl {
  explicit Impl(sqlite::Transaction begun) : snapshot(std::move(begun)) {}

  sqlite::Transaction snapshot;  // declared first: statements end before it
  std::optional<HistoryView> history;
  std::optional<projection::MemoryStore> with_late;  // over history, where late operations count

  Status open(sqlite::Database& db, const Moment& moment);
};

Status PastView::Impl::open(sqlite::Database& db, const Moment& moment) {
  CHOREO_ASSIGN(const std::int64_t head, db.query_integer("SELECT head FROM state", 0));
  Position position{std::min(head, moment.last_id.value_or(head)), {}};
  if (moment.until_ms) {
    CHOREO_ASSIGN(position, position_at(db, *moment.until_ms, position.last_id));
  }
  CHOREO_ASSIGN(History past, History::prepare(db));
  CHOREO_ASSIGN(EdgeReader edges, EdgeReader::prepare(db));
  history.emplace(std::move(past), std::move(edges), position.last_id);
  if (position.late.empty()) return {};
  with_late.emplace(&*history);
  CHOREO_ASSIGN(const std::int64_t legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(sqlite::Statement rows, db.prepare("SELECT " + std::string(kOperationColumns) +
                                                   " FROM operations WHERE id BETWEEN ? AND ? ORDER BY id"));
  for (const LateRun& run : position.late)
    CHOREO_TRY(apply_late(rows, run, *moment.until_ms, legacy_last_id, *with_late));
  return {};
}

PastView::PastView(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PastView::~PastView() = default;

Result<std::unique_ptr<PastView>> PastView::open(Reader& reader, const Moment& moment) {
  CHOREO_TRY(reader.check());
  CHOREO_ASSIGN(sqlite::Transaction snapshot, sqlite::Transaction::begin(reader.database(), false));
  auto impl = std::make_unique<Impl>(std::move(snapshot));
  CHOREO_TRY(impl->open(reader.database(), moment));
  return std::unique_ptr<PastView>(new PastView(std::move(impl)));
}

projection::View& PastView::view() {
  if (impl_->with_late) return *impl_->with_late;
  return *impl_->history;
}

Result<std::vector<std::string>> PastView::tables() {
  return view().tables();
}
Result<std::vector<std::string>> PastView::tables_of(const std::string& id) {
  return view().tables_of(id);
}
Result<std::optional<EntityState>> PastView::find(const std::string& table, const std::string& id) {
  return view().find(table, id);
}
Status PastView::scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) {
  return view().scan(table, after, liveness, each);
}
Result<std::vector<Edge>> PastView::edges_of(const std::string& id) {
  return view().edges_of(id);
}

}  // namespace choreo::log
