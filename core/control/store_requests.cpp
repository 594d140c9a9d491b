// What workers ask the dispatcher to do: replays and tests.
#include "control/store_impl.h"
#include "control/webhook_row.h"

namespace choreo::control {
namespace {

constexpr std::int64_t kMaxReplays = 100;                   // of one webhook that are not done
constexpr std::int64_t kForgottenAfterMs = 10 * 60 * 1000;  // a test whose asker died

}  // namespace

Result<std::int64_t> Store::add_replay(const std::string& webhook_id, const Replay& replay) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(sqlite::Statement count, impl_->db.prepare("SELECT count(*) FROM replays WHERE webhook_id = ?"));
  CHOREO_TRY(count.bind(1, webhook_id).step());
  if (count.integer(0) >= kMaxReplays)
    return make_error(ErrorKind::conflict, "too_many_replays",
                      "this webhook has " + std::to_string(kMaxReplays) + " replays that are not done yet; wait");
  CHOREO_ASSIGN(
      sqlite::Statement insert,
      impl_->db.prepare("INSERT INTO replays(webhook_id, kind, next_id, last_id, ids) VALUES(?, ?, ?, ?, ?)"));
  const std::string ids = encode_integers(replay.ids);
  insert.bind(1, webhook_id).bind(2, static_cast<std::int64_t>(replay.kind)).bind(3, replay.next_id);
  CHOREO_TRY(insert.bind(4, replay.last_id).bind(5, ids).run());
  const std::int64_t id = impl_->db.last_insert_id();
  count.reset();
  CHOREO_TRY(transaction.commit());
  return id;
}

Result<std::optional<Replay>> Store::next_replay(const std::string& webhook_id) {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare("SELECT id, kind, next_id, last_id, ids FROM replays WHERE webhook_id = ?"
                                  " ORDER BY id LIMIT 1"));
  CHOREO_ASSIGN(const bool row, select.bind(1, webhook_id).step());
  if (!row) return std::optional<Replay>();
  CHOREO_ASSIGN(std::vector<std::int64_t> ids, decode_integers(select.text(4)));
  return std::optional(Replay{select.integer(0), static_cast<Replay::Kind>(select.integer(1)), select.integer(2),
                              select.integer(3), std::move(ids)});
}

Status Store::Impl::write_replay(const Settlement& settlement) {
  if (!settlement.replay) return {};
  if (settlement.replay_done) {
    CHOREO_ASSIGN(sqlite::Statement done, db.prepare("DELETE FROM replays WHERE id = ?"));
    return done.bind(1, settlement.replay->id).run();
  }
  CHOREO_ASSIGN(sqlite::Statement moved, db.prepare("UPDATE replays SET next_id = ? WHERE id = ?"));
  return moved.bind(1, settlement.replay->next_id).bind(2, settlement.replay->id).run();
}

Result<std::int64_t> Store::add_ping(const std::string& webhook_id) {
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Statement insert, impl_->db.prepare("INSERT INTO pings(webhook_id, asked_ms) VALUES(?, ?)"));
  CHOREO_TRY(insert.bind(1, webhook_id).bind(2, impl_->clock.wall_ms()).run());
  return impl_->db.last_insert_id();
}

Result<std::vector<Ping>> Store::take_pings() {
  std::vector<Ping> pings;
  CHOREO_ASSIGN(const std::int64_t waiting, impl_->db.query_integer("SELECT count(*) FROM pings", 0));
  if (waiting == 0) return pings;
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Statement forget, impl_->db.prepare("DELETE FROM pings WHERE abs(?1 - asked_ms) > ?2"));
  CHOREO_TRY(forget.bind(1, impl_->clock.wall_ms()).bind(2, kForgottenAfterMs).run());
  CHOREO_ASSIGN(sqlite::Statement take, impl_->db.prepare("UPDATE pings SET taken = 1 WHERE taken = 0"
                                                          " RETURNING id, webhook_id, asked_ms"));
  for (;;) {
    CHOREO_ASSIGN(const bool row, take.step());
    if (!row) return pings;
    pings.push_back({take.integer(0), std::string(take.text(1)), take.integer(2)});
  }
}

Status Store::forget_taken_pings() {
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  return impl_->db.exec("DELETE FROM pings WHERE taken = 1");
}

Status Store::end_ping(const Ping& ping, Attempt attempt) {
  CHOREO_TRY(impl_->prepare_settling());
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(sqlite::Statement next, impl_->db.prepare("UPDATE deliveries SET attempts = attempts + 1"
                                                          " WHERE webhook_id = ? RETURNING attempts"));
  CHOREO_ASSIGN(const bool there, next.bind(1, ping.webhook_id).step());
  if (!there) return {};  // removed meanwhile, and the ping with it
  attempt.id = next.integer(0);
  next.reset();
  CHOREO_TRY(impl_->write_attempt(ping.webhook_id, attempt.id, attempt));
  CHOREO_ASSIGN(sqlite::Statement end, impl_->db.prepare("UPDATE pings SET attempt_id = ? WHERE id = ?"));
  CHOREO_TRY(end.bind(1, attempt.id).bind(2, ping.id).run());
  if (attempt.result == Attempt::Result::delivered) CHOREO_TRY(make_due(impl_->db, ping.webhook_id));
  return transaction.commit();
}

Result<Store::PingState> Store::ping_state(std::int64_t ping_id) {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare("SELECT taken, attempt_id, webhook_id FROM pings WHERE id = ?"));
  CHOREO_ASSIGN(const bool there, select.bind(1, ping_id).step());
  if (!there)
    return make_error(
        ErrorKind::unavailable, "test_unfinished",
        "the test has no outcome: the webhook was removed, or the dispatcher was started anew; try again");
  PingState state{select.integer(0) != 0, std::nullopt};
  const std::int64_t attempt_id = select.integer(1);
  if (attempt_id == 0) return state;
  CHOREO_ASSIGN(const std::vector<Attempt> found, attempts(std::string(select.text(2)), {}, attempt_id + 1, 1));
  if (!found.empty()) state.attempt = found.front();
  return state;
}

Status Store::remove_ping(std::int64_t ping_id) {
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Statement remove, impl_->db.prepare("DELETE FROM pings WHERE id = ?"));
  return remove.bind(1, ping_id).run();
}

}  // namespace choreo::control
