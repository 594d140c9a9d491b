#include "log/upgrade.h"

#include "base/limits.h"
#include "log/bodies.h"
#include "log/legacy.h"
#include "log/replay.h"
#include "log/rows.h"
#include "log/schema.h"
#include "log/table_names.h"
#include "projection/projector.h"

namespace choreo::log {
namespace {

constexpr std::size_t kPage = 4096;  // a row that changes is written with the page it is on
constexpr int kClearedRows = 500;    // at a time

struct Place {
  std::int64_t tid = 0;
  std::string id;
  std::int64_t op_id = 0;
};

Status save(sqlite::Database& db, Phase phase, const Place& place) {
  CHOREO_ASSIGN(sqlite::Statement state, db.prepare("UPDATE state SET upgrading = ?"));
  CHOREO_TRY(state.bind(1, static_cast<std::int64_t>(phase)).run());
  if (phase == Phase::done) return db.exec("DELETE FROM upgrade");
  CHOREO_ASSIGN(sqlite::Statement upgrade, db.prepare("UPDATE upgrade SET tid = ?, id = ?, op_id = ?"));
  return upgrade.bind(1, place.tid).bind(2, place.id).bind(3, place.op_id).run();
}

Result<Place> load(sqlite::Database& db) {
  CHOREO_ASSIGN(sqlite::Statement row, db.prepare("SELECT tid, id, op_id FROM upgrade"));
  CHOREO_ASSIGN(const bool found, row.step());
  if (!found) return make_error(ErrorKind::unavailable, "corrupt", "an upgrade was begun and has lost its place");
  return Place{row.integer(0), std::string(row.text(1)), row.integer(2)};
}

Result<Phase> replay_step(sqlite::Database& db, Phase phase, Place& place, Hold& hold) {
  CHOREO_ASSIGN(LegacyRows legacy, LegacyRows::prepare(db));
  CHOREO_ASSIGN(place.op_id, replay_after(db, CheckpointPolicy::of_interval(kDefaultSnapshotInterval), place.op_id,
                                          phase == Phase::replay ? &legacy : nullptr, [&] { return hold.over(); }));
  CHOREO_ASSIGN(const std::int64_t head, db.query_integer("SELECT head FROM state", 0));
  return place.op_id < head ? phase : Phase::keys;
}

// Calls each() for each row until the hold is over. True: there are no more.
template <class Each>
Result<bool> for_rows(sqlite::Statement& rows, Hold& hold, Each each) {
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return true;
    CHOREO_TRY(each());
    if (hold.over()) return false;
  }
}

Result<Phase> scan_step(sqlite::Database& db, Place& place, Hold& hold) {
  CHOREO_ASSIGN(const std::int64_t legacy_last_id, db.query_integer("SELECT legacy_last_id FROM state", 0));
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT " + std::string(kOperationColumns) + " FROM operations WHERE id > ? ORDER BY id"));
  rows.bind(1, place.op_id);
  while (true) {
    CHOREO_ASSIGN(const bool row, rows.step());
    if (!row) return Phase::entities;
    CHOREO_ASSIGN(const Operation operation, operation_from(rows, legacy_last_id));
    if (projection::applied_otherwise_before(operation)) return Phase::clear;
    place.op_id = operation.id;
    if (hold.over()) return Phase::scan;
  }
}

// Emptying a long table at once would take its time: SQLite reads all of it for that.
Result<Phase> clear_step(sqlite::Database& db, Place& place, Hold& hold) {
  while (place.tid < static_cast<std::int64_t>(kDerivedTables.size())) {
    const auto& [name, key] = kDerivedTables[place.tid];
    const std::string columns = key, table = name;
    CHOREO_TRY(db.exec(("DELETE FROM " + table + " WHERE (" + columns + ") IN (SELECT " + columns + " FROM " + table +
                        " LIMIT " + std::to_string(kClearedRows) + ")")
                           .c_str()));
    CHOREO_ASSIGN(const std::int64_t cleared, db.query_integer("SELECT changes()", 0));
    if (cleared == 0) ++place.tid;
    if (hold.over()) return Phase::clear;
  }
  CHOREO_TRY(clear_projection(db));
  return Phase::apply_again;
}

Result<Phase> entities_step(sqlite::Database& db, Place& place, Hold& hold) {
  CHOREO_ASSIGN(Bodies bodies, Bodies::prepare(db));
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT e.tid, e.id, e.alive, e.body, e.data, t.name FROM entities e CROSS JOIN tables t "
                           "ON t.tid = e.tid WHERE (e.tid, e.id) > (?, ?) ORDER BY e.tid, e.id"));
  CHOREO_ASSIGN(sqlite::Statement move, db.prepare("UPDATE entities SET body = ?, data = '' WHERE tid = ? AND id = ?"));
  CHOREO_ASSIGN(sqlite::Statement note, db.prepare("INSERT OR IGNORE INTO id_tables(id, alive, name, tid) "
                                                   "VALUES(?, ?, ?, ?)"));
  const std::string from = place.id;
  rows.bind(1, place.tid).bind(2, from);
  CHOREO_ASSIGN(
      const bool all, for_rows(rows, hold, [&]() -> Status {
        place = {rows.integer(0), std::string(rows.text(1)), 0};
        hold.wrote(place.tid > kNearTables ? place.id.size() : 0);
        if (place.tid > kNearTables)
          CHOREO_TRY(note.bind(1, place.id).bind(2, rows.integer(2)).bind(3, rows.text(5)).bind(4, place.tid).run());
        if (rows.integer(3) != 0 || is_inline(place.id, rows.text(4))) return {};
        hold.wrote(kPage + rows.text(4).size());
        CHOREO_ASSIGN(const std::int64_t body, bodies.put(0, place.id, rows.text(4)));
        return move.bind(1, body).bind(2, place.tid).bind(3, place.id).run();
      }));
  if (!all) return Phase::entities;
  place = {};
  return Phase::checkpoints;
}

Result<Phase> checkpoints_step(sqlite::Database& db, Place& place, Hold& hold) {
  CHOREO_ASSIGN(Bodies bodies, Bodies::prepare(db));
  CHOREO_ASSIGN(sqlite::Statement rows, db.prepare("SELECT tid, id, op_id, body, data FROM checkpoints "
                                                   "WHERE (tid, id, op_id) > (?, ?, ?) ORDER BY tid, id, op_id"));
  CHOREO_ASSIGN(sqlite::Statement move, db.prepare("UPDATE checkpoints SET body = ?, data = '' "
                                                   "WHERE tid = ? AND id = ? AND op_id = ?"));
  const std::string from = place.id;
  rows.bind(1, place.tid).bind(2, from).bind(3, place.op_id);
  CHOREO_ASSIGN(const bool all, for_rows(rows, hold, [&]() -> Status {
                  place = {rows.integer(0), std::string(rows.text(1)), rows.integer(2)};
                  if (rows.integer(3) != 0 || is_inline(place.id, rows.text(4))) return {};
                  hold.wrote(kPage + rows.text(4).size());
                  CHOREO_ASSIGN(const std::int64_t body, bodies.put(0, place.id, rows.text(4)));
                  return move.bind(1, body).bind(2, place.tid).bind(3, place.id).bind(4, place.op_id).run();
                }));
  if (!all) return Phase::checkpoints;
  place = {};
  return Phase::keys;
}

Result<Phase> keys_step(sqlite::Database& db, Place& place, Hold& hold) {
  CHOREO_ASSIGN(sqlite::Statement rows,
                db.prepare("SELECT key, op_id, extra FROM idempotency WHERE key > ? ORDER BY key"));
  CHOREO_ASSIGN(sqlite::Statement keep, db.prepare("INSERT OR IGNORE INTO answers(op_id, extra) VALUES(?, ?)"));
  CHOREO_ASSIGN(sqlite::Statement shorten, db.prepare("UPDATE idempotency SET extra = '' WHERE key = ?"));
  const std::string from = place.id;
  rows.bind(1, from);
  CHOREO_ASSIGN(const bool all, for_rows(rows, hold, [&]() -> Status {
                  place.id = rows.text(0);
                  if (is_inline(place.id, rows.text(2))) return {};
                  hold.wrote(kPage + rows.text(2).size());
                  CHOREO_TRY(keep.bind(1, rows.integer(1)).bind(2, rows.text(2)).run());
                  return shorten.bind(1, place.id).run();
                }));
  return all ? Phase::done : Phase::keys;
}

Error upgrading(sqlite::Database& db, const std::string& slug, Phase phase) {
  const Result<std::int64_t> done = db.query_integer("SELECT op_id FROM upgrade", 0);
  const Result<std::int64_t> head = db.query_integer("SELECT head FROM state", 0);
  return make_error(
      ErrorKind::unavailable, "upgrading",
      "instance '" + slug + "' was written by an older Choreo and is being brought up to date: operation " +
          std::to_string(done.ok() ? *done : 0) + " of " + std::to_string(head.ok() ? *head : 0) +
          (phase == Phase::scan ? " looked at" : " applied") + "; send the request again, each one carries it on");
}

}  // namespace

Result<Phase> phase_of(sqlite::Database& db) {
  CHOREO_ASSIGN(const std::int64_t phase, db.query_integer("SELECT upgrading FROM state", 0));
  return static_cast<Phase>(phase);
}

Status begin_upgrade(sqlite::Database& db, Phase first) {
  CHOREO_TRY(db.exec("INSERT INTO upgrade VALUES(0, '', 0)"));
  return save(db, first, {});
}

Result<Phase> upgrade_step(sqlite::Database& db, Hold& hold) {
  CHOREO_ASSIGN(Phase phase, phase_of(db));
  if (phase == Phase::done) return phase;
  CHOREO_ASSIGN(Place place, load(db));
  const Phase before = phase;
  switch (phase) {
    case Phase::replay:
    case Phase::apply_again: {
      CHOREO_ASSIGN(phase, replay_step(db, phase, place, hold));
      break;
    }
    case Phase::scan: {
      CHOREO_ASSIGN(phase, scan_step(db, place, hold));
      break;
    }
    case Phase::clear: {
      CHOREO_ASSIGN(phase, clear_step(db, place, hold));
      break;
    }
    case Phase::entities: {
      CHOREO_ASSIGN(phase, entities_step(db, place, hold));
      break;
    }
    case Phase::checkpoints: {
      CHOREO_ASSIGN(phase, checkpoints_step(db, place, hold));
      break;
    }
    default: {
      CHOREO_ASSIGN(phase, keys_step(db, place, hold));
      break;
    }
  }
  CHOREO_TRY(save(db, phase, phase == before ? place : Place()));
  return phase;
}

Status note_rebuilt(sqlite::Database& db) {
  CHOREO_ASSIGN(const Phase phase, phase_of(db));
  const bool moving = phase == Phase::entities || phase == Phase::checkpoints;
  return moving ? save(db, Phase::keys, {}) : Status();
}

Status upgrade_until(sqlite::Database& db, const std::string& slug, std::int64_t hold_ms, std::int64_t step_ms) {
  Hold hold(hold_ms), served(step_ms);
  while (true) {
    CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
    CHOREO_ASSIGN(const Phase before, phase_of(db));
    Hold step(step_ms);
    CHOREO_ASSIGN(const Phase phase, upgrade_step(db, serves(before) ? served : step));
    CHOREO_TRY(transaction.commit());
    if (phase == Phase::done) return {};
    const bool over = serves(phase) ? served.over() : hold.over();
    if (!over) continue;
    return serves(phase) ? Status() : Status(upgrading(db, slug, phase));
  }
}

}  // namespace choreo::log
