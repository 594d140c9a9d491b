#include "log/writer.h"

#include <algorithm>

#include "base/ids.h"
#include "base/timestamp.h"
#include "log/create.h"
#include "log/derived_tables.h"
#include "log/replay.h"
#include "log/rows.h"
#include "log/upgrade.h"
#include "log/write_ahead_log.h"
#include "sqlite/sync_notice.h"

namespace choreo::log {
namespace {

// The one row of `state`, as it changes while a transaction runs.
struct Counters {
  std::int64_t operations = 0;
  std::int64_t entities = 0;
  std::int64_t head = 0;
  std::string last_ts;
  std::int64_t clock_ms = 0;
  std::int64_t max_ts_ms = kNoTimeMs;
};

}  // namespace

struct Writer::Impl {
  Impl(Opened opened, Random& source, CheckpointPolicy checkpoints, int timeout_ms, std::int64_t max_wal_bytes)
      : index(std::move(opened.index)),
        db(std::move(opened.db)),
        file(opened.file),
        random(source),
        policy(checkpoints),
        wal(db.handle(), timeout_ms, max_wal_bytes) {}

  IndexFile index;
  sqlite::Database db;  // declared before them: statements end before it
  FileIdentity file;
  Random& random;
  CheckpointPolicy policy;
  WriteAheadLog wal;
  std::string epoch;
  std::int64_t legacy_last_id = 0;
  Phase upgrading = Phase::done;
  Counters counters;
  Counters saved_counters;
  // Operations that are committed together mostly have the same time.
  std::int64_t formatted_ms = kNoTimeMs;
  std::string formatted;
  std::optional<DerivedTables> derived;
  sqlite::Statement begin, commit, load, save, insert, select, find_key, keep_answer, remember_key;

  Status prepare();
  Status load_counters();
  Status load_all();
  void discard_unsynced();
};

// A commit whose sync failed is refused, yet its frames are whole in the write-ahead log: a recovery would take them
// for committed, and later ones would stand on bytes that the kernel may never write. While this connection still knows
// where the log ends, what is committed goes into the database and the log is emptied. Not waiting for readers: as long
// as one is there, so is the log's index, and the next commit overwrites the frames.
void Writer::Impl::discard_unsynced() {
  if (db.in_transaction()) (void)db.exec("ROLLBACK");
  wal.truncate();
}

Status Writer::Impl::prepare() {
  CHOREO_ASSIGN(derived, DerivedTables::prepare(db, policy));
  derived->store().limit_entities(kMaxEntityBytes);
  CHOREO_ASSIGN(begin, db.prepare("BEGIN IMMEDIATE"));
  CHOREO_ASSIGN(commit, db.prepare("COMMIT"));
  CHOREO_ASSIGN(load,
                db.prepare("SELECT operations, entities, head, last_ts, clock_ms, max_ts_ms, epoch, legacy_last_id, "
                           "upgrading FROM state"));
  CHOREO_ASSIGN(save, db.prepare("UPDATE state SET operations = ?, entities = ?, head = ?, last_ts = ?, clock_ms = ?, "
                                 "max_ts_ms = ?"));
  CHOREO_ASSIGN(insert, db.prepare("INSERT INTO operations(id, pretty_id, guid, ts, op, target, context, frame) "
                                   "VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  CHOREO_ASSIGN(select, db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations WHERE id = ?"));
  CHOREO_ASSIGN(find_key, db.prepare("SELECT k.op_id, k.last_id, CASE k.extra WHEN '' THEN coalesce((SELECT a.extra "
                                     "FROM answers a WHERE a.op_id = k.op_id), '') ELSE k.extra END "
                                     "FROM idempotency k WHERE k.key = ?"));
  CHOREO_ASSIGN(keep_answer, db.prepare("INSERT OR IGNORE INTO answers(op_id, extra) VALUES(?, ?)"));
  CHOREO_ASSIGN(remember_key, db.prepare("INSERT INTO idempotency(key, op_id, last_id, extra) VALUES(?, ?, ?, ?)"));
  return load_counters();
}

Status Writer::Impl::load_counters() {
  const sqlite::ResetGuard guard(load);
  CHOREO_ASSIGN(const bool row, load.step());
  if (!row)
    return make_error(ErrorKind::unavailable, "corrupt", "the instance's state row is missing; restore a backup");
  counters = {load.integer(0),           load.integer(1), load.integer(2),
              std::string(load.text(3)), load.integer(4), load.integer(5)};
  epoch = load.text(6);
  legacy_last_id = load.integer(7);
  upgrading = static_cast<Phase>(load.integer(8));
  return {};
}

// A transaction has begun.
Status Writer::Impl::load_all() {
  CHOREO_TRY(load_counters());
  if (upgrading != Phase::done) {
    Hold hold(kUpgradeStepMs);
    CHOREO_ASSIGN(upgrading, upgrade_step(db, hold));
  }
  return derived->load(counters.max_ts_ms, legacy_last_id, upgrading == Phase::entities);
}

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Result<Writer> Writer::open(const Instances& instances, const std::string& slug, int busy_timeout_ms, Random& random,
                            std::int64_t snapshot_interval, std::int64_t max_wal_bytes) {
  CHOREO_ASSIGN(Opened opened, open_database_locked(instances, slug, busy_timeout_ms));
  auto impl = std::make_unique<Impl>(std::move(opened), random, CheckpointPolicy::of_interval(snapshot_interval),
                                     busy_timeout_ms, max_wal_bytes);
  CHOREO_TRY(impl->prepare());
  return Writer(std::move(impl));
}

const FileIdentity& Writer::file() const {
  return impl_->file;
}
const std::string& Writer::epoch() const {
  return impl_->epoch;
}
std::int64_t Writer::head() const {
  return impl_->counters.head;
}
std::int64_t Writer::wal_bytes() const {
  return impl_->wal.bytes();
}
ProjectionStore& Writer::projection() {
  return impl_->derived->store();
}

Status Writer::begin() {
  impl_->index.check();
  CHOREO_TRY(impl_->wal.check_limit());
  CHOREO_TRY(impl_->begin.run());
  Status loaded = impl_->load_all();
  if (!loaded.ok()) rollback();  // else it would go on holding the write lock
  return loaded;
}

Result<Operation> Writer::append(const Draft& draft, std::int64_t now_ms) {
  Impl& w = *impl_;
  Operation operation;
  operation.id = w.counters.head + 1;
  operation.op = draft.op;
  operation.context = draft.context;
  operation.frame = draft.frame;
  std::int64_t ts_ms = 0;
  if (draft.ts_ms) {
    ts_ms = *draft.ts_ms;
  } else {
    w.counters.clock_ms = ts_ms = std::max(now_ms, w.counters.clock_ms);
  }
  if (ts_ms != w.formatted_ms) w.formatted = format_timestamp(w.formatted_ms = ts_ms);
  operation.ts = w.formatted;
  operation.guid = draft.guid.empty() ? make_guid(ts_ms, operation.id, w.random) : draft.guid;
  operation.target = draft.makes_id ? with_id(draft.target, operation.guid) : draft.target;
  operation.pretty_id = pretty_id(operation.target, operation.id);

  CHOREO_TRY(w.insert.bind(1, operation.id)
                 .bind(2, operation.pretty_id)
                 .bind(3, operation.guid)
                 .bind(4, operation.ts)
                 .bind(5, name_of(operation.op))
                 .bind(6, operation.target)
                 .bind(7, operation.context)
                 .bind(8, operation.frame)
                 .run());
  CHOREO_TRY(w.derived->apply(operation, ts_ms));
  w.counters.head = operation.id;
  w.counters.operations += 1;
  w.counters.last_ts = operation.ts;
  return operation;
}

Status Writer::commit(const std::function<void()>& before_sync, const std::function<void()>& after_sync) {
  Impl& w = *impl_;
  CHOREO_ASSIGN(const DerivedTables::Totals totals, w.derived->flush());
  w.counters.entities += totals.alive_delta;
  w.counters.max_ts_ms = totals.max_ts_ms;
  CHOREO_TRY(w.save.bind(1, w.counters.operations)
                 .bind(2, w.counters.entities)
                 .bind(3, w.counters.head)
                 .bind(4, w.counters.last_ts)
                 .bind(5, w.counters.clock_ms)
                 .bind(6, w.counters.max_ts_ms)
                 .run());
  std::optional<sqlite::SyncNotice> notice;
  if (before_sync) notice.emplace(before_sync, after_sync);
  Status committed = w.commit.run();
  notice.reset();
  if (!committed.ok() && committed.error().code == "storage_unavailable") w.discard_unsynced();
  if (committed.ok()) w.index.check_committed();
  return committed;
}

void Writer::rollback() {
  if (impl_->db.in_transaction()) (void)impl_->db.exec("ROLLBACK");
  impl_->derived->forget();
}

Status Writer::savepoint() {
  impl_->saved_counters = impl_->counters;
  impl_->derived->save();
  return impl_->db.exec("SAVEPOINT compound");
}

Status Writer::release_savepoint() {
  return impl_->db.exec("RELEASE compound");
}

Status Writer::rollback_to_savepoint() {
  impl_->counters = impl_->saved_counters;
  impl_->derived->restore();
  return impl_->db.exec("ROLLBACK TO compound; RELEASE compound");
}

Result<std::optional<Operation>> Writer::operation(std::int64_t id) {
  sqlite::Statement& select = impl_->select;
  const sqlite::ResetGuard guard(select);
  CHOREO_ASSIGN(const bool row, select.bind(1, id).step());
  if (!row) return std::optional<Operation>();
  CHOREO_ASSIGN(Operation operation, operation_from(select, impl_->legacy_last_id));
  return std::optional(std::move(operation));
}

Result<std::optional<KeyRecord>> Writer::find_key(const std::string& key) {
  sqlite::Statement& find = impl_->find_key;
  const sqlite::ResetGuard guard(find);
  CHOREO_ASSIGN(const bool row, find.bind(1, key).step());
  if (!row) return std::optional<KeyRecord>();
  return std::optional(KeyRecord{find.integer(0), find.integer(1), std::string(find.text(2))});
}

Status Writer::remember_key(const std::string& key, const KeyRecord& record) {
  const bool is_short = is_inline(key, record.extra);
  if (!is_short) CHOREO_TRY(impl_->keep_answer.bind(1, record.op_id).bind(2, record.extra).run());
  return impl_->remember_key.bind(1, key)
      .bind(2, record.op_id)
      .bind(3, record.last_id)
      .bind(4, is_short ? std::string_view(record.extra) : std::string_view())
      .run();
}

Status Writer::rebuild() {
  impl_->index.check();
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_TRY(replay(impl_->db, impl_->policy));
  CHOREO_TRY(note_rebuilt(impl_->db));
  CHOREO_TRY(transaction.commit());
  impl_->index.check_committed();
  return {};
}

}  // namespace choreo::log
