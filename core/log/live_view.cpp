#include "log/live_view.h"

#include <map>

#include "log/edge_table.h"
#include "sqlite/database.h"

namespace choreo::log {

using projection::Edge;
using projection::EntityState;
using projection::Liveness;

struct LiveView::Impl {
  explicit Impl(sqlite::Transaction begun) : snapshot(std::move(begun)) {}

  sqlite::Transaction snapshot;  // declared first: statements end before it
  std::map<std::string, std::int64_t> tids;
  sqlite::Statement find, scan;
  std::optional<EdgeReader> edges;

  Status prepare(sqlite::Database& db);
};

Status LiveView::Impl::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Statement tables, db.prepare("SELECT name, tid FROM tables"));
  while (true) {
    CHOREO_ASSIGN(const bool row, tables.step());
    if (!row) break;
    tids.emplace(tables.text(0), tables.integer(1));
  }
  CHOREO_ASSIGN(find, db.prepare("SELECT alive, last_op, data FROM entities WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(scan, db.prepare("SELECT id, alive, last_op, data FROM entities WHERE tid = ? AND id > ? ORDER BY id"));
  CHOREO_ASSIGN(edges, EdgeReader::prepare(db));
  return {};
}

LiveView::LiveView(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LiveView::~LiveView() = default;

Result<std::unique_ptr<LiveView>> LiveView::open(Reader& reader) {
  CHOREO_TRY(reader.check());
  CHOREO_ASSIGN(sqlite::Transaction snapshot, sqlite::Transaction::begin(reader.database(), false));
  auto impl = std::make_unique<Impl>(std::move(snapshot));
  CHOREO_TRY(impl->prepare(reader.database()));
  return std::unique_ptr<LiveView>(new LiveView(std::move(impl)));
}

Result<std::vector<std::string>> LiveView::tables() {
  std::vector<std::string> names;
  for (const auto& [name, tid] : impl_->tids) names.push_back(name);
  return names;
}

Result<std::optional<EntityState>> LiveView::find(const std::string& table, const std::string& id) {
  const auto tid = impl_->tids.find(table);
  if (tid == impl_->tids.end()) return std::optional<EntityState>();
  sqlite::Statement& row = impl_->find;
  const sqlite::ResetGuard guard(row);
  CHOREO_ASSIGN(const bool found, row.bind(1, tid->second).bind(2, id).step());
  if (!found) return std::optional<EntityState>();
  return std::optional(EntityState{row.integer(0) != 0, row.integer(1), std::string(row.text(2))});
}

Status LiveView::scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) {
  const auto tid = impl_->tids.find(table);
  if (tid == impl_->tids.end()) return {};
  sqlite::Statement& row = impl_->scan;
  const sqlite::ResetGuard guard(row);
  row.bind(1, tid->second).bind(2, after);
  while (true) {
    CHOREO_ASSIGN(const bool found, row.step());
    if (!found) return {};
    const bool alive = row.integer(1) != 0;
    if (!counts(liveness, alive)) continue;
    CHOREO_ASSIGN(const bool more, each(std::string(row.text(0)), {alive, row.integer(2), std::string(row.text(3))}));
    if (!more) return {};
  }
}

Result<std::vector<Edge>> LiveView::edges_of(const std::string& id) {
  return impl_->edges->edges_of(id);
}

}  // namespace choreo::log
