#include "log/verify.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "log/checkpoints.h"
#include "log/copy.h"
#include "log/replay.h"
#include "log/schema.h"
#include "log/schema_check.h"
#include "sqlite/database.h"

namespace choreo::log {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr std::size_t kShownRowBytes = 160;

// What is derived from the log, one text a row, in an order that both files share. A table's number may be another
// after a replay, so its name stands for it.
struct Part {
  const char* name;
  const char* rows;
};
constexpr Part kParts[] = {
    {"tables", "SELECT name || '|' || alive || '|' || first_op || '|' || last_op FROM tables ORDER BY name"},
    {"entities",
     "SELECT t.name || '|' || e.id || '|' || e.alive || '|' || e.first_op || '|' || e.last_op || '|' || e.data "
     "FROM entities e JOIN tables t USING(tid) ORDER BY t.name, e.id"},
    {"edges",
     "SELECT op_id || '|' || since_op || '|' || died_op || '|' || source || '|' || target || '|' || stance || '|' || "
     "coupling || '|' || data FROM edges ORDER BY op_id"},
    {"edge_moves",
     "SELECT edge || '|' || until_op || '|' || since_op || '|' || source || '|' || target FROM edge_moves "
     "ORDER BY edge, until_op"},
    {"late_runs", "SELECT first_id || '|' || last_id || '|' || min_ts_ms FROM late_runs ORDER BY first_id"},
    {"zones",
     "SELECT zone || '|' || operators || '|' || min_ts_ms || '|' || max_ts_ms || '|' || hex(terms) FROM zones "
     "ORDER BY zone"},
    {"state", "SELECT entities || '|' || max_ts_ms FROM state"},
};

// Checkpoints and mentions that both have: a replay makes all checkpoints that are stored, and its own. A table, an id,
// an operation, in this order, and the rest.
constexpr Part kShared[] = {
    {"checkpoints",
     "SELECT t.name, c.id, c.op_id, c.alive || '|' || c.data "
     "FROM checkpoints c JOIN tables t USING(tid) ORDER BY t.name, c.id, c.op_id"},
    {"mentions",
     "SELECT '', m.id, m.op_id, m.nth || '|' || coalesce(t.name, '') "
     "FROM mentions m LEFT JOIN tables t USING(tid) ORDER BY m.id, m.op_id"},
};

// Less than 0 where the first row comes before the second, 0 where both are of the same key.
int order_of(const sqlite::Statement& a, const sqlite::Statement& b) {
  for (const int column : {0, 1})
    if (const int order = a.text(column).compare(b.text(column)); order != 0) return order;
  return a.integer(2) < b.integer(2) ? -1 : static_cast<int>(a.integer(2) > b.integer(2));
}

class Comparison {
 public:
  Comparison(sqlite::Database& stored, sqlite::Database& replayed, Verified& out)
      : stored_(stored), replayed_(replayed), out_(out) {}

  Status run() {
    for (const Part& part : kParts) CHOREO_TRY(compare(part));
    for (const Part& part : kShared) CHOREO_TRY(compare_shared(part));
    return {};
  }

 private:
  // Stops at the first row that differs: one says what kind of damage it is, and the others often follow from it.
  Status compare(const Part& part) {
    CHOREO_ASSIGN(sqlite::Statement stored, stored_.prepare(part.rows));
    CHOREO_ASSIGN(sqlite::Statement replayed, replayed_.prepare(part.rows));
    while (true) {
      CHOREO_ASSIGN(const bool left, stored.step());
      CHOREO_ASSIGN(const bool right, replayed.step());
      if (!left && !right) return {};
      if (left && right && stored.text(0) == replayed.text(0)) continue;
      out_.wrong.push_back(std::string(part.name) + ": stored is " +
                           (left ? shortened(stored.text(0), kShownRowBytes) : "nothing more") + "; its log makes " +
                           (right ? shortened(replayed.text(0), kShownRowBytes) : "nothing more"));
      return {};
    }
  }

  Status compare_shared(const Part& part) {
    CHOREO_ASSIGN(sqlite::Statement stored, stored_.prepare(part.rows));
    CHOREO_ASSIGN(sqlite::Statement replayed, replayed_.prepare(part.rows));
    CHOREO_ASSIGN(bool left, stored.step());
    CHOREO_ASSIGN(bool right, replayed.step());
    while (left && right) {
      const int order = order_of(stored, replayed);
      if (order == 0 && stored.text(3) != replayed.text(3)) {
        out_.wrong.push_back(std::string(part.name) + ": stored is " + shortened(stored.text(1), kShownRowBytes) + "|" +
                             std::to_string(stored.integer(2)) + "|" + shortened(stored.text(3), kShownRowBytes) +
                             "; its log makes " + shortened(replayed.text(3), kShownRowBytes));
        return {};
      }
      if (order <= 0) {
        CHOREO_ASSIGN(left, stored.step());
      }
      if (order >= 0) {
        CHOREO_ASSIGN(right, replayed.step());
      }
    }
    return {};
  }

  sqlite::Database& stored_;
  sqlite::Database& replayed_;
  Verified& out_;
};

// REQUIRES: the current schema.
Status check_counters(sqlite::Database& db, Verified& out) {
  struct Check {
    const char* holds;  // 1 if it does
    const char* sentence;
  };
  static constexpr Check kChecks[] = {
      {"SELECT operations = (SELECT count(*) FROM operations) FROM state", "state: the count of operations is wrong"},
      {"SELECT head = (SELECT coalesce(max(id), 0) FROM operations) FROM state",
       "state: head is not the last operation"},
      {"SELECT (SELECT coalesce(max(id), 0) - legacy_last_id FROM operations) = "
       "(SELECT count(*) FROM operations WHERE id > legacy_last_id) FROM state WHERE head > legacy_last_id",
       "operations: ids have a gap"},
      {"SELECT count(*) = 0 FROM idempotency WHERE op_id > (SELECT head FROM state)",
       "idempotency: a key belongs to an operation that the log does not have"},
  };
  for (const Check& check : kChecks) {
    CHOREO_ASSIGN(const std::int64_t holds, db.query_integer(check.holds, 1));
    if (holds == 0) out.wrong.emplace_back(check.sentence);
  }
  return {};
}

Status replay_copy(const std::string& path) {
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write, kTimeoutMs));
  // What is in the scratch file need not survive anything.
  CHOREO_TRY(db.exec("PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF"));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
  CHOREO_TRY(CheckpointTable::note_places(db));
  CHOREO_TRY(replay(db, CheckpointPolicy::where_they_are()));
  return transaction.commit();
}

}  // namespace

Result<Verified> verify_copy(const std::string& stored, const std::string& scratch) {
  Verified out;
  CHOREO_ASSIGN(const std::string damage, integrity(stored));
  if (!damage.empty()) {
    out.wrong.push_back("the file is damaged: " + damage);
    return out;
  }
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(stored, sqlite::OpenMode::immutable, kTimeoutMs));
  CHOREO_ASSIGN(const int version, schema_version(db));
  if (version > kSchemaVersion)
    return make_error(ErrorKind::unavailable, "newer_schema", stored + " was written by a newer Choreo");
  const Result<std::int64_t> operations = db.query_integer("SELECT count(*) FROM operations", 0);
  if (!operations.ok()) {
    out.wrong.emplace_back("there is no log in it: " + operations.error().message);
    return out;
  }
  out.operations = *operations;
  if (const Status schema = check_schema(stored); !schema.ok()) out.wrong.push_back(schema.error().message);
  if (version < kSchemaVersion || !out.wrong.empty()) return out;
  CHOREO_TRY(check_counters(db, out));
  CHOREO_TRY(copy_database(stored, scratch));
  if (const Status replayed = replay_copy(scratch); !replayed.ok()) {
    if (replayed.error().kind == ErrorKind::storage_full) return replayed.error();
    out.wrong.push_back("its log cannot be replayed: " + replayed.error().message);
    return out;
  }
  CHOREO_ASSIGN(sqlite::Database fresh, sqlite::Database::open(scratch, sqlite::OpenMode::immutable, kTimeoutMs));
  CHOREO_TRY(Comparison(db, fresh, out).run());
  return out;
}

}  // namespace choreo::log
