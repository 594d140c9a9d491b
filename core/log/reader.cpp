#include "log/reader.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/timestamp.h"
#include "log/bodies.h"
#include "log/create.h"
#include "log/late_runs.h"
#include "log/list_parts.h"
#include "log/rows.h"
#include "sqlite/write_ahead_log.h"

namespace choreo::log {
namespace {

constexpr int kReadBusyTimeoutMs = 5000;

// With its write-ahead log.
std::int64_t size_of(const std::string& path) {
  struct stat info {};
  return (stat(path.c_str(), &info) == 0 ? info.st_size : 0) + sqlite::log_bytes(path);
}

}  // namespace

struct Reader::Impl {
  Impl(Instances where, std::string name, Opened opened)
      : instances(std::move(where)),
        slug(std::move(name)),
        file(opened.file),
        index(std::move(opened.index)),
        db(std::move(opened.db)) {}

  Instances instances;
  std::string slug;
  FileIdentity file;
  IndexFile index;
  sqlite::Database db;
  std::int64_t legacy_last_id = 0;
  sqlite::Statement select_head, select_page, select_operation, select_summary, select_tables, select_table,
      select_entity, select_entities, select_page_before, count_mentions, select_mentions_after, select_mentions_before;
  std::optional<PartReader> parts;
  std::optional<sqlite::Transaction> snapshot;  // of the open table
  std::int64_t open_tid = 0;                    // 0: the table has never had an entity

  Status prepare();
  // REQUIRES: the row has state_columns() from `column` on.
  Status read_entity(const sqlite::Statement& row, int column, Entity& out);
  Result<std::vector<Operation>> all_rows(sqlite::Statement& rows);
  Status check_file() const;
  // What read() gives; where it fails because the file was deleted under it (SQLite sees an I/O error), that is said
  // instead.
  template <class Read>
  auto guarded(Read read) -> decltype(read());
  Result<std::optional<TableSummary>> find_table(const std::string& name, std::int64_t& tid);
  Result<EntityPage> start_page(const std::string& name, std::int64_t& tid);
};

Status Reader::Impl::prepare() {
  const std::string columns = kOperationColumns;
  CHOREO_ASSIGN(legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(select_head, db.prepare("SELECT epoch, head FROM state"));
  CHOREO_ASSIGN(select_page, db.prepare("SELECT " + columns + " FROM operations WHERE id > ? ORDER BY id LIMIT ?"));
  CHOREO_ASSIGN(select_operation, db.prepare("SELECT " + columns + " FROM operations WHERE id = ?"));
  CHOREO_ASSIGN(select_summary, db.prepare("SELECT epoch, operations, entities, head, last_ts, max_ts_ms FROM state"));
  CHOREO_ASSIGN(select_tables, db.prepare("SELECT name, alive, last_op FROM tables ORDER BY name"));
  CHOREO_ASSIGN(select_table, db.prepare("SELECT tid, alive, last_op FROM tables WHERE name = ?"));
  CHOREO_ASSIGN(select_entity, db.prepare("SELECT " + state_columns("entities") +
                                          ", (SELECT epoch FROM state) FROM entities WHERE id = ?2 AND "
                                          "tid = (SELECT tid FROM tables WHERE name = ?1)"));
  CHOREO_ASSIGN(select_entities,
                db.prepare("SELECT id, " + state_columns("entities") +
                           " FROM entities WHERE tid = ? AND id > ? AND alive = 1 ORDER BY id LIMIT ?"));
  CHOREO_ASSIGN(parts, PartReader::prepare(db));
  CHOREO_ASSIGN(select_page_before,
                db.prepare("SELECT " + columns + " FROM operations WHERE id < ? ORDER BY id DESC LIMIT ?"));
  CHOREO_ASSIGN(count_mentions, db.prepare("SELECT nth FROM mentions WHERE id = ? ORDER BY op_id DESC LIMIT 1"));
  const std::string mentions =
      "SELECT o.id, o.pretty_id, o.guid, o.ts, o.op, o.target, o.context, o.frame FROM mentions m "
      "CROSS JOIN operations o ON o.id = m.op_id WHERE m.id = ?1 AND ";
  CHOREO_ASSIGN(select_mentions_after, db.prepare(mentions + "m.op_id > ?2 ORDER BY m.op_id LIMIT ?3"));
  CHOREO_ASSIGN(select_mentions_before, db.prepare(mentions + "m.op_id < ?2 ORDER BY m.op_id DESC LIMIT ?3"));
  return {};
}

Status Reader::Impl::check_file() const {
  Result<FileIdentity> now = instances.identity(slug);
  if (now.ok() && *now == file) {
    index.check();
    return {};
  }
  if (!now.ok() && now.error().kind != ErrorKind::not_found) return std::move(now).error();
  return make_error(ErrorKind::gone, "instance_gone", "instance '" + slug + "' was deleted");
}

template <class Read>
auto Reader::Impl::guarded(Read read) -> decltype(read()) {
  CHOREO_TRY(check_file());
  auto result = read();
  if (result.ok()) return result;
  CHOREO_TRY(check_file());
  return result;
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const Instances& instances, const std::string& slug) {
  CHOREO_ASSIGN(Opened opened, open_database(instances, slug, kReadBusyTimeoutMs));
  auto impl = std::make_unique<Impl>(instances, slug, std::move(opened));
  const Status prepared = impl->prepare();
  if (!prepared.ok()) {
    CHOREO_TRY(impl->check_file());
    return prepared.error();
  }
  return Reader(std::move(impl));
}

Reader::NoWaiting::NoWaiting(Reader& reader) : reader_(reader) {
  sqlite3_busy_timeout(reader_.database().handle(), 0);
}

Reader::NoWaiting::~NoWaiting() {
  sqlite3_busy_timeout(reader_.database().handle(), kReadBusyTimeoutMs);
}

Status Reader::check() const {
  return impl_->check_file();
}

Result<Head> Reader::head() {
  return impl_->guarded([&]() -> Result<Head> {
    sqlite::Statement& head = impl_->select_head;
    const sqlite::ResetGuard guard(head);
    CHOREO_ASSIGN(const bool row, head.step());
    if (!row) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + impl_->slug + "' has no state row");
    return Head{std::string(head.text(0)), head.integer(1)};
  });
}

Result<std::vector<Operation>> Reader::page(std::int64_t after, int limit, std::size_t max_bytes) {
  return impl_->guarded([&]() -> Result<std::vector<Operation>> {
    std::vector<Operation> operations;
    std::size_t bytes = 0;
    sqlite::Statement& page = impl_->select_page;
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
  });
}

Result<std::optional<Operation>> Reader::operation(std::int64_t id) {
  return impl_->guarded([&]() -> Result<std::optional<Operation>> {
    sqlite::Statement& select = impl_->select_operation;
    const sqlite::ResetGuard guard(select);
    CHOREO_ASSIGN(const bool row, select.bind(1, id).step());
    if (!row) return std::optional<Operation>();
    CHOREO_ASSIGN(Operation operation, operation_from(select, impl_->legacy_last_id));
    return std::optional(std::move(operation));
  });
}

// REQUIRES: its parameters are bound.
Result<std::vector<Operation>> Reader::Impl::all_rows(sqlite::Statement& rows) {
  std::vector<Operation> operations;
  const sqlite::ResetGuard guard(rows);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return operations;
    CHOREO_ASSIGN(Operation operation, operation_from(rows, legacy_last_id));
    operations.push_back(std::move(operation));
  }
}

Result<std::vector<Operation>> Reader::page_before(std::int64_t before, int limit) {
  return impl_->guarded([&]() -> Result<std::vector<Operation>> {
    impl_->select_page_before.bind(1, before).bind(2, std::int64_t{limit});
    return impl_->all_rows(impl_->select_page_before);
  });
}

Result<std::int64_t> Reader::mention_count(const std::string& id) {
  return impl_->guarded([&]() -> Result<std::int64_t> {
    const sqlite::ResetGuard guard(impl_->count_mentions);
    CHOREO_ASSIGN(const bool row, impl_->count_mentions.bind(1, id).step());
    return row ? impl_->count_mentions.integer(0) : 0;
  });
}

Result<std::vector<Operation>> Reader::mentions_after(const std::string& id, std::int64_t after, int limit) {
  return impl_->guarded([&]() -> Result<std::vector<Operation>> {
    impl_->select_mentions_after.bind(1, id).bind(2, after).bind(3, std::int64_t{limit});
    return impl_->all_rows(impl_->select_mentions_after);
  });
}

Result<std::vector<Operation>> Reader::mentions_before(const std::string& id, std::int64_t before, int limit) {
  return impl_->guarded([&]() -> Result<std::vector<Operation>> {
    impl_->select_mentions_before.bind(1, id).bind(2, before).bind(3, std::int64_t{limit});
    return impl_->all_rows(impl_->select_mentions_before);
  });
}

sqlite::Database& Reader::database() {
  return impl_->db;
}

Result<Summary> Reader::summary() {
  return impl_->guarded([&]() -> Result<Summary> {
    CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
    const sqlite::ResetGuard guard(impl_->select_summary), tables_guard(impl_->select_tables);
    CHOREO_ASSIGN(const bool found, impl_->select_summary.step());
    if (!found) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + impl_->slug + "' has no state row");
    const sqlite::Statement& state = impl_->select_summary;
    Summary summary{std::string(state.text(0)),
                    state.integer(1),
                    state.integer(2),
                    state.integer(3),
                    std::string(state.text(4)),
                    state.integer(5) == kNoTimeMs ? "" : format_timestamp(state.integer(5)),
                    {},
                    size_of(impl_->instances.db_path(impl_->slug))};
    while (true) {
      CHOREO_ASSIGN(const bool row, impl_->select_tables.step());
      if (!row) return summary;
      summary.tables.push_back({std::string(impl_->select_tables.text(0)), impl_->select_tables.integer(1),
                                impl_->select_tables.integer(2)});
    }
  });
}

Status Reader::Impl::read_entity(const sqlite::Statement& row, int column, Entity& out) {
  out.alive = row.integer(column) != 0;
  out.last_op = row.integer(column + 1);
  out.data = row.text(column + 2);
  if (!out.data.empty() && row.integer(column + 3) == 0 && row.integer(column + 4) == 0) return {};
  CHOREO_ASSIGN(projection::EntityState state, entity_state(row, column));
  CHOREO_TRY(parts->make_whole(state));
  out.data = std::move(state.data);
  return {};
}

Result<std::optional<Reader::FoundEntity>> Reader::entity(const std::string& table, const std::string& id) {
  return impl_->guarded([&]() -> Result<std::optional<FoundEntity>> {
    sqlite::Statement& select = impl_->select_entity;
    const sqlite::ResetGuard guard(select);
    CHOREO_ASSIGN(const bool row, select.bind(1, table).bind(2, id).step());
    if (!row) return std::optional<FoundEntity>();
    Entity entity{id, false, 0, ""};
    CHOREO_TRY(impl_->read_entity(select, 0, entity));
    return std::optional(FoundEntity{std::move(entity), std::string(select.text(5))});
  });
}

Result<std::optional<TableSummary>> Reader::Impl::find_table(const std::string& name, std::int64_t& tid) {
  const sqlite::ResetGuard guard(select_table);
  CHOREO_ASSIGN(const bool row, select_table.bind(1, name).step());
  if (!row) return std::optional<TableSummary>();
  tid = select_table.integer(0);
  return std::optional(TableSummary{name, select_table.integer(1), select_table.integer(2)});
}

// REQUIRES: a snapshot is open. tid stays 0 where the table has never had an entity.
Result<Reader::EntityPage> Reader::Impl::start_page(const std::string& name, std::int64_t& tid) {
  EntityPage page;
  {
    const sqlite::ResetGuard guard(select_head);
    CHOREO_ASSIGN(const bool row, select_head.step());
    if (!row) return make_error(ErrorKind::unavailable, "corrupt", "instance '" + slug + "' has no state row");
    page.epoch = select_head.text(0);
    page.head = select_head.integer(1);
  }
  CHOREO_ASSIGN(std::optional<TableSummary> summary, find_table(name, tid));
  page.table.name = name;
  if (summary) page.table = std::move(*summary);
  return page;
}

Result<Reader::EntityPage> Reader::open_table(const std::string& table) {
  return impl_->guarded([&]() -> Result<Reader::EntityPage> {
    close_table();
    CHOREO_ASSIGN(sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
    impl_->open_tid = 0;
    CHOREO_ASSIGN(EntityPage page, impl_->start_page(table, impl_->open_tid));
    impl_->snapshot.emplace(std::move(snapshot));
    impl_->select_entities.bind(1, impl_->open_tid).bind(2, std::string_view()).bind(3, std::int64_t{-1});
    return page;
  });
}

Result<bool> Reader::next_row(Entity& row) {
  sqlite::Statement& rows = impl_->select_entities;
  CHOREO_ASSIGN(const bool there, rows.step());
  if (!there) return false;
  row.id = rows.text(0);
  CHOREO_TRY(impl_->read_entity(rows, 1, row));
  return true;
}

void Reader::close_table() {
  if (impl_->snapshot) impl_->select_entities.reset();
  impl_->snapshot.reset();
}

void Reader::rest(const std::string& last) {
  if (impl_->snapshot) {
    impl_->select_entities.reset();
    impl_->select_entities.bind(2, std::string_view(last));
  }
  sqlite3_db_release_memory(impl_->db.handle());
}

Result<Reader::EntityPage> Reader::entities(const std::string& table, const std::string& after, int limit) {
  return impl_->guarded([&]() -> Result<Reader::EntityPage> {
    CHOREO_ASSIGN(const sqlite::Transaction snapshot, sqlite::Transaction::begin(impl_->db, false));
    std::int64_t tid = 0;
    CHOREO_ASSIGN(EntityPage page, impl_->start_page(table, tid));
    sqlite::Statement& rows = impl_->select_entities;
    const sqlite::ResetGuard guard(rows);
    rows.bind(1, tid).bind(2, after).bind(3, std::int64_t{limit});
    while (true) {
      CHOREO_ASSIGN(const bool row, rows.step());
      if (!row) return page;
      Entity& entity = page.entities.emplace_back();
      entity.id = rows.text(0);
      CHOREO_TRY(impl_->read_entity(rows, 1, entity));
    }
  });
}

}  // namespace choreo::log
