#include "log/live_view.h"

#include "log/bodies.h"
#include "log/edge_table.h"
#include "log/list_parts.h"
#include "log/table_names.h"
#include "log/upgrade.h"
#include "sqlite/database.h"

namespace choreo::log {

using projection::Edge;
using projection::EntityState;
using projection::Liveness;

struct LiveView::Impl {
  explicit Impl(sqlite::Transaction begun) : snapshot(std::move(begun)) {}

  sqlite::Transaction snapshot;  // declared first: statements end before it
  std::optional<TableNames> tables;
  std::optional<FirstAlive> first_alive;
  bool upgrading = false;
  sqlite::Statement find, scan;
  std::optional<PartReader> parts;
  std::optional<EdgeReader> edges;

  Status prepare(sqlite::Database& db);
};

Status LiveView::Impl::prepare(sqlite::Database& db) {
  CHOREO_ASSIGN(tables, TableNames::prepare(db));
  CHOREO_ASSIGN(first_alive, FirstAlive::prepare(db));
  CHOREO_ASSIGN(const Phase phase, phase_of(db));
  upgrading = phase == Phase::entities;
  CHOREO_ASSIGN(find, db.prepare("SELECT " + state_columns("entities") + " FROM entities WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(scan, db.prepare("SELECT id, alive, " + state_columns("entities") +
                                 " FROM entities WHERE tid = ? AND id > ? ORDER BY id"));
  CHOREO_ASSIGN(parts, PartReader::prepare(db));
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
  return impl_->tables->all(INT64_MAX);
}

Result<std::vector<std::string>> LiveView::tables_of(const std::string& id) {
  return impl_->tables->of(id, INT64_MAX);
}

Result<std::optional<EntityState>> LiveView::find(const std::string& table, const std::string& id) {
  CHOREO_ASSIGN(const std::optional<TableNames::Table> known, impl_->tables->find(table));
  if (!known) return std::optional<EntityState>();
  const sqlite::ResetGuard guard(impl_->find);
  CHOREO_ASSIGN(const bool row, impl_->find.bind(1, known->tid).bind(2, id).step());
  if (!row) return std::optional<EntityState>();
  CHOREO_ASSIGN(EntityState entity, entity_state(impl_->find, 0));
  CHOREO_TRY(impl_->parts->make_whole(entity));
  return std::optional(std::move(entity));
}

Result<std::optional<projection::View::Named>> LiveView::find_alive(const std::string& id) {
  CHOREO_ASSIGN(std::optional<std::string> table, impl_->first_alive->find(id, impl_->upgrading));
  if (!table) return std::optional<Named>();
  CHOREO_ASSIGN(std::optional<EntityState> entity, find(*table, id));
  if (!entity) return std::optional<Named>();
  return std::optional(Named{std::move(*table), std::move(*entity)});
}

Status LiveView::scan(const std::string& table, const std::string& after, Liveness liveness, const Each& each) {
  CHOREO_ASSIGN(const std::optional<TableNames::Table> known, impl_->tables->find(table));
  if (!known) return {};
  sqlite::Statement& row = impl_->scan;
  const sqlite::ResetGuard guard(row);
  row.bind(1, known->tid).bind(2, after);
  while (true) {
    CHOREO_ASSIGN(const bool found, row.step());
    if (!found) return {};
    if (!counts(liveness, row.integer(1) != 0)) continue;
    CHOREO_ASSIGN(EntityState entity, entity_state(row, 2));
    CHOREO_TRY(impl_->parts->make_whole(entity));
    CHOREO_ASSIGN(const bool more, each(std::string(row.text(0)), entity));
    if (!more) return {};
  }
}

Result<std::vector<Edge>> LiveView::edges_of(const std::string& id) {
  return impl_->edges->edges_of(id);
}

}  // namespace choreo::log
