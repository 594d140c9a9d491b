#include "log/verify.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "log/bodies.h"
#include "log/checkpoints.h"
#include "log/copy.h"
#include "log/list_parts.h"
#include "log/replay.h"
#include "log/schema.h"
#include "log/schema_check.h"
#include "log/upgrade.h"
#include "sqlite/database.h"

namespace choreo::log {
namespace {

constexpr int kTimeoutMs = 10'000;
constexpr std::size_t kShownRowBytes = 160;

// What is derived from the log, one text a row, in an order that both files share. A table's number may be another
// after a replay, so its name stands for it. Where state_columns() follow the last column of the key, the row's text
// has the state they tell, whole: where its text is kept, and in which parts its lists are, is no part of what a log
// says.
struct Part {
  const char* name;
  const char* rows;
};
constexpr Part kParts[] = {
    {"tables", "SELECT name || '|' || alive || '|' || first_op || '|' || last_op FROM tables ORDER BY name"},
    {"entities",
     "SELECT t.name || '|' || entities.id || '|' || entities.first_op || '|', %s FROM entities JOIN tables t "
     "USING(tid) "
     "ORDER BY t.name, entities.id"},
    {"id_tables",
     "SELECT id || '|' || i.alive || '|' || i.name || '|' || t.name FROM id_tables i JOIN tables t USING(tid) "
     "ORDER BY id, i.name"},
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
     "SELECT t.name, checkpoints.id, op_id, '', %s FROM checkpoints JOIN tables t USING(tid) "
     "ORDER BY t.name, checkpoints.id, op_id"},
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

std::string shown(std::string_view text) {
  return shortened(text, kShownRowBytes);
}

// The rows of a part in one of the two files.
class Rows {
 public:
  static Result<Rows> prepare(sqlite::Database& db, const Part& part) {
    std::string sql = part.rows;
    const std::size_t place = sql.find("%s");
    const bool states = place != std::string::npos;
    if (states) sql.replace(place, 2, state_columns(part.name));
    CHOREO_ASSIGN(PartReader parts, PartReader::prepare(db));
    Rows rows(std::move(parts), states);
    CHOREO_ASSIGN(rows.rows_, db.prepare(sql));
    return rows;
  }
  // text_column: where the row's text is, or begins.
  Status next(int text_column) {
    CHOREO_ASSIGN(more_, rows_.step());
    if (!more_) return {};
    text_ = rows_.text(text_column);
    if (!states_) return {};
    CHOREO_ASSIGN(projection::EntityState state, entity_state(rows_, text_column + 1));
    CHOREO_TRY(parts_.make_whole(state));
    text_.append(rows_.text(text_column + 1)).append("|").append(std::to_string(state.last_op)).append("|");
    text_.append(state.data);
    return {};
  }
  bool more() const { return more_; }
  const std::string& text() const { return text_; }
  const sqlite::Statement& row() const { return rows_; }

 private:
  Rows(PartReader parts, bool states) : parts_(std::move(parts)), states_(states) {}
  PartReader parts_;
  sqlite::Statement rows_;
  bool states_;
  bool more_ = false;
  std::string text_;
};

class Comparison {
 public:
  Comparison(sqlite::Database& stored, sqlite::Database& replayed, Verified& out)
      : stored_(stored), replayed_(replayed), out_(out) {}

  Status run() {
    CHOREO_ASSIGN(const Phase phase, phase_of(stored_));
    for (const Part& part : kParts) {
      if (phase == Phase::entities && std::string_view(part.name) == "id_tables") continue;
      CHOREO_TRY(take(part, compare(part)));
    }
    for (const Part& part : kShared) CHOREO_TRY(take(part, compare_shared(part)));
    return {};
  }

 private:
  // What cannot be put together is wrong; what cannot be read is an error.
  Status take(const Part& part, const Status& compared) {
    if (compared.ok() || compared.error().code != "corrupt") return compared;
    out_.wrong.push_back(std::string(part.name) + ": " + compared.error().message);
    return {};
  }

  // Stops at the first row that differs: one says what kind of damage it is, and the others often follow from it.
  Status compare(const Part& part) {
    CHOREO_ASSIGN(Rows stored, Rows::prepare(stored_, part));
    CHOREO_ASSIGN(Rows replayed, Rows::prepare(replayed_, part));
    while (true) {
      CHOREO_TRY(stored.next(0));
      CHOREO_TRY(replayed.next(0));
      if (!stored.more() && !replayed.more()) return {};
      if (stored.more() && replayed.more() && stored.text() == replayed.text()) continue;
      out_.wrong.push_back(std::string(part.name) + ": stored is " +
                           (stored.more() ? shown(stored.text()) : "nothing more") + "; its log makes " +
                           (replayed.more() ? shown(replayed.text()) : "nothing more"));
      return {};
    }
  }

  Status compare_shared(const Part& part) {
    CHOREO_ASSIGN(Rows stored, Rows::prepare(stored_, part));
    CHOREO_ASSIGN(Rows replayed, Rows::prepare(replayed_, part));
    CHOREO_TRY(stored.next(3));
    CHOREO_TRY(replayed.next(3));
    while (stored.more() && replayed.more()) {
      const int order = order_of(stored.row(), replayed.row());
      if (order == 0 && stored.text() != replayed.text()) {
        out_.wrong.push_back(std::string(part.name) + ": stored is " + shown(stored.row().text(1)) + "|" +
                             std::to_string(stored.row().integer(2)) + "|" + shown(stored.text()) + "; its log makes " +
                             shown(replayed.text()));
        return {};
      }
      if (order <= 0) CHOREO_TRY(stored.next(3));
      if (order >= 0) CHOREO_TRY(replayed.next(3));
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
  CHOREO_ASSIGN(const Phase phase, phase_of(db));
  if (!serves(phase)) return out;  // what is derived is not to be read yet, as in a file of an older schema
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
