// Delivery state: what the dispatcher writes and reads.
#include <algorithm>

#include "base/timestamp.h"
#include "control/store_impl.h"

namespace choreo::control {
namespace {

constexpr int kRetryRow = 0;
constexpr int kDeadRow = 1;

Result<std::int64_t> count_failed(sqlite::Database& db, const std::string& webhook_id, int dead) {
  CHOREO_ASSIGN(sqlite::Statement select, db.prepare("SELECT count(*) FROM failed WHERE webhook_id = ? AND dead = ?"));
  select.bind(1, webhook_id).bind(2, dead);
  CHOREO_TRY(select.step());
  return select.integer(0);
}

Status write_failed(sqlite::Statement& upsert, const std::string& webhook_id, const Retry& retry, int dead) {
  upsert.bind(1, webhook_id).bind(2, retry.op_id).bind(3, dead).bind(4, retry.attempts);
  return upsert.bind(5, retry.next_ms).bind(6, retry.error).bind(7, retry.tries).run();
}

Result<std::vector<Retry>> read_failed(sqlite::Statement& select) {
  std::vector<Retry> rows;
  for (;;) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return rows;
    rows.push_back({select.integer(0), static_cast<int>(select.integer(1)), select.integer(2),
                    std::string(select.text(3)), static_cast<int>(select.integer(4))});
  }
}

}  // namespace

Result<std::vector<Retry>> Store::retries(const std::string& webhook_id, int limit, bool in_log_order) {
  constexpr std::string_view kSelect =
      "SELECT op_id, attempts, next_ms, error, tries FROM failed WHERE webhook_id = ? AND dead = ?";
  const std::string_view order = in_log_order ? " ORDER BY op_id LIMIT ?" : " ORDER BY next_ms, op_id LIMIT ?";
  CHOREO_ASSIGN(sqlite::Statement select, impl_->db.prepare(std::string(kSelect).append(order)));
  return read_failed(select.bind(1, webhook_id).bind(2, kRetryRow).bind(3, limit));
}

Result<std::vector<Retry>> Store::dead(const std::string& webhook_id, std::int64_t after, int limit) {
  CHOREO_ASSIGN(
      sqlite::Statement select,
      impl_->db.prepare("SELECT op_id, attempts, next_ms, error, tries FROM failed WHERE webhook_id = ? AND dead = ?"
                        " AND op_id > ? ORDER BY op_id LIMIT ?"));
  return read_failed(select.bind(1, webhook_id).bind(2, kDeadRow).bind(3, after).bind(4, limit));
}

Result<std::int64_t> Store::retry_count(const std::string& webhook_id) {
  return count_failed(impl_->db, webhook_id, kRetryRow);
}

Result<std::int64_t> Store::dead_count(const std::string& webhook_id) {
  return count_failed(impl_->db, webhook_id, kDeadRow);
}

Result<Store::Totals> Store::totals() {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare("SELECT count(*), total(w.active = 0 AND d.disabled_reason = ''),"
                                  " total(d.disabled_reason <> ''), (SELECT count(*) FROM failed WHERE dead = 1)"
                                  " FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id"));
  CHOREO_TRY(select.step());
  return Totals{select.integer(0), select.integer(1), select.integer(2), select.integer(3)};
}

Status Store::Impl::require(Durability wanted) {
  if (durability == wanted) return {};
  CHOREO_TRY(db.exec(wanted == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  durability = wanted;
  return {};
}

Status Store::Impl::prepare_settling() {
  if (settling.delivered) return {};
  CHOREO_ASSIGN(settling.last_attempt, db.prepare("SELECT attempts FROM deliveries WHERE webhook_id = ?"));
  CHOREO_ASSIGN(
      settling.state,
      db.prepare("UPDATE deliveries SET frontier = max(frontier, ?2), open = ?3,"
                 " last_attempt = CASE WHEN ?4 THEN ?8 ELSE last_attempt END,"
                 " last_success = CASE WHEN ?5 THEN ?8 ELSE last_success END,"
                 " consecutive_failures = ?6, last_error = ?7,"
                 " disabled_reason = CASE WHEN ?9 <> '' THEN ?9 ELSE disabled_reason END,"
                 " failing_since_ms = ?10, disable_at_ms = ?11, warning = ?12, warnings = warnings + ?13,"
                 " in_flight = ?14, next_attempt_ms = ?15, attempts = attempts + ?16, delivered = delivered + ?17,"
                 " given_up = given_up + ?18, paused_until_ms = ?19 WHERE webhook_id = ?1"));
  CHOREO_ASSIGN(
      settling.failed,
      db.prepare("INSERT INTO failed(webhook_id, op_id, dead, attempts, next_ms, error, tries)"
                 " VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(webhook_id, op_id) DO UPDATE SET dead = excluded.dead,"
                 " attempts = excluded.attempts, next_ms = excluded.next_ms, error = excluded.error,"
                 " tries = excluded.tries"));
  CHOREO_ASSIGN(settling.attempt,
                db.prepare("INSERT INTO attempts(webhook_id, id, op_id, number, at_ms, latency_ms, result, status,"
                           " error, next_ms, answer) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  CHOREO_ASSIGN(settling.trim, db.prepare("DELETE FROM attempts WHERE webhook_id = ? AND id <= ?"));
  CHOREO_ASSIGN(settling.delivered, db.prepare("DELETE FROM failed WHERE webhook_id = ? AND op_id = ?"));
  return {};
}

// The id of the last attempt before this settlement; nothing where the webhook was removed. Asked before the update,
// since one with RETURNING keeps a journal of its own for each statement.
Result<std::optional<std::int64_t>> Store::Impl::last_attempt(const std::string& webhook_id) {
  const sqlite::ResetGuard guard(settling.last_attempt);
  CHOREO_ASSIGN(const bool there, settling.last_attempt.bind(1, webhook_id).step());
  return there ? std::optional(settling.last_attempt.integer(0)) : std::nullopt;
}

Status Store::Impl::write_state(const Settlement& settlement, const std::string& now) {
  const std::string open = encode_integers(settlement.open);
  const auto delivered = std::count_if(settlement.attempts.begin(), settlement.attempts.end(),
                                       [](const Attempt& one) { return one.result == Attempt::Result::delivered; });
  sqlite::Statement& state = settling.state;
  state.bind(1, settlement.webhook_id).bind(2, settlement.frontier).bind(3, open);
  state.bind(4, settlement.attempted ? 1 : 0).bind(5, settlement.succeeded ? 1 : 0);
  state.bind(6, settlement.consecutive_failures).bind(7, settlement.last_error).bind(8, now);
  state.bind(9, settlement.disabled_reason).bind(10, settlement.failing_since_ms).bind(11, settlement.disable_at_ms);
  state.bind(12, settlement.warning).bind(13, settlement.warned ? 1 : 0).bind(14, settlement.in_flight);
  state.bind(15, settlement.next_attempt_ms).bind(16, static_cast<std::int64_t>(settlement.attempts.size()));
  state.bind(17, delivered).bind(18, static_cast<std::int64_t>(settlement.dead.size()));
  return state.bind(19, settlement.paused_until_ms).run();
}

Status Store::Impl::settle_one(const Settlement& settlement, const std::string& now) {
  CHOREO_ASSIGN(const std::optional<std::int64_t> before, last_attempt(settlement.webhook_id));
  if (!before) return {};  // removed meanwhile
  CHOREO_TRY(write_state(settlement, now));
  CHOREO_TRY(write_attempts(settlement, *before));
  for (const Retry& retry : settlement.retries)
    CHOREO_TRY(write_failed(settling.failed, settlement.webhook_id, retry, kRetryRow));
  for (const Retry& dead : settlement.dead)
    CHOREO_TRY(write_failed(settling.failed, settlement.webhook_id, dead, kDeadRow));
  for (std::int64_t op_id : settlement.delivered)
    CHOREO_TRY(settling.delivered.bind(1, settlement.webhook_id).bind(2, op_id).run());
  return write_replay(settlement);
}

Status Store::settle(const std::vector<Settlement>& settlements) {
  CHOREO_TRY(impl_->prepare_settling());
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  const std::string now = format_timestamp(impl_->clock.wall_ms());
  for (const Settlement& settlement : settlements) CHOREO_TRY(impl_->settle_one(settlement, now));
  return transaction.commit();
}

Status Store::rewind(const Webhook& webhook, std::int64_t head) {
  std::vector<std::int64_t> open = webhook.open;
  std::erase_if(open, [&](std::int64_t op_id) { return op_id > head; });
  const std::string left = encode_integers(open);
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(
      sqlite::Statement state,
      impl_->db.prepare("UPDATE deliveries SET frontier = ?2, open = ?3, rewinds = rewinds + 1 WHERE webhook_id = ?1"));
  CHOREO_TRY(state.bind(1, webhook.id).bind(2, head).bind(3, left).run());
  CHOREO_ASSIGN(sqlite::Statement failed, impl_->db.prepare("DELETE FROM failed WHERE webhook_id = ? AND op_id > ?"));
  CHOREO_TRY(failed.bind(1, webhook.id).bind(2, head).run());
  return transaction.commit();
}

}  // namespace choreo::control
