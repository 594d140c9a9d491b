#include "log/reader.h"

#include <sys/stat.h>

#include <algorithm>

#include "log/create.h"
#include "log/rows.h"

namespace choreo::log {
namespace {

constexpr int kReadBusyTimeoutMs = 5000;

std::int64_t size_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

}  // namespace

struct Reader::Impl {
  Impl(Instances where, std::string name, Opened opened)
      : instances(std::move(where)), slug(std::move(name)), file(opened.file), db(std::move(opened.db)) {}

  Instances instances;
  std::string slug;
  FileIdentity file;
  sqlite::Database db;
  std::int64_t legacy_last_id = 0;
  sqlite::Statement head, page, operation, summary, tables, table, entity, entities;

  Status prepare();
  Status check_file() const;
  Result<std::optional<TableSummary>> find_table(const std::string& name, std::int64_t& tid);
  Result<EntityPage> start_page(const std::string& name, std::int64_t& tid);
};

Status Reader::Impl::prepare() {
  const std::string columns = kOperationColumns;
  CHOREO_ASSIGN(legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(head, db.prepare("SELECT epoch, head FROM state"));
  CHOREO_ASSIGN(page, db.prepare("SELECT " + columns + " FROM operations WHERE id > ? ORDER BY id LIMIT ?"));
  CHOREO_ASSIGN(operation, db.prepare("SELECT " + columns + " FROM operations WHERE id = ?"));
  CHOREO_ASSIGN(summary, db.prepare("SELECT epoch, operations, entities, head, last_ts FROM state"));
  CHOREO_ASSIGN(tables, db.prepare("SELECT name, alive, last_op FROM tables ORDER BY name"));
  CHOREO_ASSIGN(table, db.prepare("SELECT tid, alive, last_op FROM tables WHERE name = ?"));
  CHOREO_ASSIGN(entity, db.prepare("SELECT alive, last_op, data FROM entities WHERE id = ?2 AND "
                                   "tid = (SELECT tid FROM tables WHERE name = ?1)"));
  CHOREO_ASSIGN(entities, db.prepare("SELECT id, last_op, data FROM entities WHERE tid = ? AND id > ? AND alive = 1 "
                                     "ORDER BY id LIMIT ?"));
  return {};
}

Status Reader::Impl::check_file() const {
  Result<FileIdentity> now = instances.identity(slug);
  if (now.ok() && *now == file) return {};
  if (!now.ok() && now.error().kind != ErrorKind::not_found) return std::move(now).error();
  return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was deleted");
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const Instances& instances, const std::string& slug) {
  CHOREO_ASSIGN(Opened opened, open_database(instances, slug, kReadBusyTimeoutMs));
  auto impl = std::make_unique<Impl>(instances, slug, std::move(opened));
  CHOREO_TRY(impl->prepare());
  return Reader(std::move(impl));
}

Status Reader::check() const { return impl_->check_file(); }

Result<Head> Reader::head() {
  CHOREO_TRY(impl_->check_file());
  sqlite::Statement& head = impl_->head;
  const sqlite::ResetGuard guard(head);
  CHOREO_ASSIGN(const bool row, head.step());
  if (!row) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + impl_->slug + "' has no state row");
  return Head{std::string(head.text(0)), head.integer(1)};
}

Result<std::vector<Operation>> Reader::page(std::int64_t after, int limit, std::size_t max_bytes) {
  CHOREO_TRY(impl_->check_file());
  std::vector<Operation> operations;
  std::size_t bytes = 0;
  sqlite::Statement& page = impl_->page;
  const sqlite::ResetGuard guard(page);
  page.bind(1, after).bind(2, std::int64_t{limit});
  while (operations.empty() || bytes < max_bytes) {
    CHOREO_ASSIGN(const bool row, page.step());
    if (!row) break;
    CHOREO_ASSIGN(Operation operation, operation_from(page, impl_->legacy_last_id));
    bytes += operation.target.size() + operation.context.size() + operation.frame.size() + operation.guid.size() +
             operation.pretty_id.size() + operation.ts.size();
    operations.push_back(std::move(operation));
  }
  return operations;
}

Result<std::optional<Operation>> Reader::operation(std::int64_t id) {
  CHOREO_TRY(impl_->check_file());
  sqlite::Statement& select = impl_->operation;
  const sqlite::ResetGuard guard(select);
  CHOREO_ASSIGN(const bool row, select.bind(1, id).step());
  if (!row) return std::optional<Operation>();
  CHOREO_ASSIGN(Operation operation, operation_from(select, impl_->legacy_last_id));
  return std::optional(std::move(operation));
}

Result<Summary> Reader::summary() {
  CHOREO_TRY(impl_->check_file());
  CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
  const sqlite::ResetGuard guard(impl_->summary), tables_guard(impl_->tables);
  CHOREO_ASSIGN(const bool found, impl_->summary.step());
  if (!found) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + impl_->slug + "' has no state row");
  const sqlite::Statement& state = impl_->summary;
  Summary summary{std::string(state.text(0)), state.integer(1), state.integer(2), state.integer(3),
                  std::string(state.text(4)), {}, size_of(impl_->instances.db_path(impl_->slug))};
  while (true) {
    CHOREO_ASSIGN(const bool row, impl_->tables.step());
    if (!row) return summary;
    summary.tables.push_back({std::string(impl_->tables.text(0)), impl_->tables.integer(1), impl_->tables.integer(2)});
  }
}

Result<std::optional<Entity>> Reader::entity(const std::string& table, const std::string& id) {
  CHOREO_TRY(impl_->check_file());
  sqlite::Statement& select = impl_->entity;
  const sqlite::ResetGuard guard(select);
  CHOREO_ASSIGN(const bool row, select.bind(1, table).bind(2, id).step());
  if (!row) return std::optional<Entity>();
  return std::optional(Entity{id, select.integer(0) != 0, select.integer(1), std::string(select.text(2))});
}

Result<std::optional<TableSummary>> Reader::Impl::find_table(const std::string& name, std::int64_t& tid) {
  const sqlite::ResetGuard guard(table);
  CHOREO_ASSIGN(const bool row, table.bind(1, name).step());
  if (!row) return std::optional<TableSummary>();
  tid = table.integer(0);
  return std::optional(TableSummary{name, table.integer(1), table.integer(2)});
}

// REQUIRES: a snapshot is open. tid stays 0 where the table has never had an entity.
Result<Reader::EntityPage> Reader::Impl::start_page(const std::string& name, std::int64_t& tid) {
  EntityPage page;
  {
    const sqlite::ResetGuard guard(head);
    CHOREO_ASSIGN(const bool row, head.step());
    if (!row) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + slug + "' has no state row");
    page.epoch = head.text(0);
    page.head = head.integer(1);
  }
  CHOREO_ASSIGN(std::optional<TableSummary> summary, find_table(name, tid));
  page.table.name = name;
  if (summary) page.table = std::move(*summary);
  return page;
}

Status Reader::scan(const std::string& table, const std::function<Status(const EntityPage&)>& start,
                    const std::function<Status(const Entity&)>& each) {
  CHOREO_TRY(impl_->check_file());
  CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
  std::int64_t tid = 0;
  CHOREO_ASSIGN(const EntityPage page, impl_->start_page(table, tid));
  CHOREO_TRY(start(page));
  sqlite::Statement& rows = impl_->entities;
  const sqlite::ResetGuard guard(rows);
  rows.bind(1, tid).bind(2, std::string_view()).bind(3, std::int64_t{-1});
  Entity entity;
  entity.alive = true;
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    entity.id = rows.text(0);
    entity.last_op = rows.integer(1);
    entity.data = rows.text(2);
    CHOREO_TRY(each(entity));
  }
}

Result<Reader::EntityPage> Reader::entities(const std::string& table, const std::string& after, int limit) {
  CHOREO_TRY(impl_->check_file());
  CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
  std::int64_t tid = 0;
  CHOREO_ASSIGN(EntityPage page, impl_->start_page(table, tid));
  sqlite::Statement& rows = impl_->entities;
  const sqlite::ResetGuard guard(rows);
  rows.bind(1, tid).bind(2, after).bind(3, std::int64_t{limit});
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return page;
    page.entities.push_back({std::string(rows.text(0)), true, rows.integer(1), std::string(rows.text(2))});
  }
}

}  // namespace choreo::log
