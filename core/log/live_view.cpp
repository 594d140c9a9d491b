#include "log/live_view.h"

#include <algorithm>
#include <map>

#include "sqlite/database.h"

namespace choreo::log {

using projection::Edge;
using projection::EntityState;
using projection::Liveness;

struct LiveView::Impl {
  explicit Impl(sqlite::Transaction begun) : snapshot(std::move(begun)) {}

  sqlite::Transaction snapshot;  // declared first: statements end before it
  std::map<std::string, std::int64_t> tids;
  sqlite::Statement find, scan, by_source, by_target;

  Status prepare(sqlite::Database& db);
  static Status collect(sqlite::Statement& statement, const std::string& id, std::vector<Edge>& edges);
};

Status LiveView::Impl::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Statement tables, db.prepare("SELECT name, tid FROM tables"));
  while (true) {
    CHOREO_ASSIGN(const bool row, tables.step());
    if (!row) break;
    tids.emplace(tables.text(0), tables.integer(1));
  }
  CHOREO_ASSIGN(find, db.prepare("SELECT alive, last_op, data FROM entities WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(scan, db.prepare("SELECT id, alive, last_op, data FROM entities WHERE tid = ? ORDER BY id"));
  const std::string edges = "SELECT op_id, source, target, stance, coupling, data FROM edges WHERE alive = 1 AND ";
  CHOREO_ASSIGN(by_source, db.prepare(edges + "source = ?"));
  CHOREO_ASSIGN(by_target, db.prepare(edges + "target = ?"));
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

Status LiveView::scan(const std::string& table, Liveness liveness, const Each& each) {
  const auto tid = impl_->tids.find(table);
  if (tid == impl_->tids.end()) return {};
  sqlite::Statement& row = impl_->scan;
  const sqlite::ResetGuard guard(row);
  row.bind(1, tid->second);
  while (true) {
    CHOREO_ASSIGN(const bool found, row.step());
    if (!found) return {};
    const bool alive = row.integer(1) != 0;
    if (liveness != Liveness::both && alive != (liveness == Liveness::alive)) continue;
    CHOREO_ASSIGN(const bool more, each(std::string(row.text(0)), {alive, row.integer(2), std::string(row.text(3))}));
    if (!more) return {};
  }
}

Status LiveView::Impl::collect(sqlite::Statement& statement, const std::string& id, std::vector<Edge>& edges) {
  const sqlite::ResetGuard guard(statement);
  statement.bind(1, id);
  while (true) {
    CHOREO_ASSIGN(const bool row, statement.step());
    if (!row) return {};
    edges.push_back({statement.integer(0), std::string(statement.text(1)), std::string(statement.text(2)),
                     std::string(statement.text(3)), std::string(statement.text(4)), std::string(statement.text(5))});
  }
}

Result<std::vector<Edge>> LiveView::edges_of(const std::string& id) {
  std::vector<Edge> edges;
  CHOREO_TRY(Impl::collect(impl_->by_source, id, edges));
  CHOREO_TRY(Impl::collect(impl_->by_target, id, edges));
  const auto older = [](const Edge& a, const Edge& b) { return a.op_id < b.op_id; };
  std::sort(edges.begin(), edges.end(), older);
  // An edge from an id to itself was found at both ends.
  edges.erase(std::unique(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.op_id == b.op_id; }),
              edges.end());
  return edges;
}

}  // namespace choreo::log
