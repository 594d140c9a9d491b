// Delivery state: what the dispatcher writes and reads.
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
  return upsert.bind(5, retry.next_ms).bind(6, retry.error).run();
}

}  // namespace

Result<std::vector<Retry>> Store::retries(const std::string& webhook_id, int limit) {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare("SELECT op_id, attempts, next_ms, error FROM failed WHERE webhook_id = ? AND dead = ?"
                                  " ORDER BY next_ms, op_id LIMIT ?"));
  select.bind(1, webhook_id).bind(2, kRetryRow).bind(3, limit);
  std::vector<Retry> retries;
  for (;;) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return retries;
    retries.push_back(
        {select.integer(0), static_cast<int>(select.integer(1)), select.integer(2), std::string(select.text(3))});
  }
}

Result<std::int64_t> Store::retry_count(const std::string& webhook_id) {
  return count_failed(impl_->db, webhook_id, kRetryRow);
}

Result<std::int64_t> Store::dead_count(const std::string& webhook_id) {
  return count_failed(impl_->db, webhook_id, kDeadRow);
}

Status Store::Impl::require(Durability wanted) {
  if (durability == wanted) return {};
  CHOREO_TRY(db.exec(wanted == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  durability = wanted;
  return {};
}

Status Store::Impl::prepare_settling() {
  if (settling.delivered) return {};
  CHOREO_ASSIGN(
      settling.state,
      db.prepare("UPDATE deliveries SET frontier = max(frontier, ?2), open = ?3,"
                 " last_attempt = CASE WHEN ?4 THEN ?8 ELSE last_attempt END,"
                 " last_success = CASE WHEN ?5 THEN ?8 ELSE last_success END,"
                 " consecutive_failures = ?6, last_error = ?7,"
                 " disabled_reason = CASE WHEN ?9 <> '' THEN ?9 ELSE disabled_reason END WHERE webhook_id = ?1"));
  CHOREO_ASSIGN(
      settling.failed,
      db.prepare("INSERT INTO failed(webhook_id, op_id, dead, attempts, next_ms, error) VALUES(?, ?, ?, ?, ?, ?)"
                 " ON CONFLICT(webhook_id, op_id) DO UPDATE SET dead = excluded.dead,"
                 " attempts = excluded.attempts, next_ms = excluded.next_ms, error = excluded.error"));
  CHOREO_ASSIGN(settling.delivered, db.prepare("DELETE FROM failed WHERE webhook_id = ? AND op_id = ?"));
  return {};
}

Status Store::Impl::settle_one(const Settlement& settlement, const std::string& now) {
  const std::string open = encode_integers(settlement.open);
  settling.state.bind(1, settlement.webhook_id).bind(2, settlement.frontier).bind(3, open);
  settling.state.bind(4, settlement.attempted ? 1 : 0).bind(5, settlement.succeeded ? 1 : 0);
  settling.state.bind(6, settlement.consecutive_failures).bind(7, settlement.last_error).bind(8, now);
  CHOREO_TRY(settling.state.bind(9, settlement.disabled_reason).run());
  if (db.changes() == 0) return {};  // removed meanwhile
  for (const Retry& retry : settlement.retries)
    CHOREO_TRY(write_failed(settling.failed, settlement.webhook_id, retry, kRetryRow));
  for (const Retry& dead : settlement.dead)
    CHOREO_TRY(write_failed(settling.failed, settlement.webhook_id, dead, kDeadRow));
  for (std::int64_t op_id : settlement.delivered)
    CHOREO_TRY(settling.delivered.bind(1, settlement.webhook_id).bind(2, op_id).run());
  return {};
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
  CHOREO_ASSIGN(sqlite::Statement state,
                impl_->db.prepare("UPDATE deliveries SET frontier = ?2, open = ?3 WHERE webhook_id = ?1"));
  CHOREO_TRY(state.bind(1, webhook.id).bind(2, head).bind(3, left).run());
  CHOREO_ASSIGN(sqlite::Statement failed, impl_->db.prepare("DELETE FROM failed WHERE webhook_id = ? AND op_id > ?"));
  CHOREO_TRY(failed.bind(1, webhook.id).bind(2, head).run());
  return transaction.commit();
}

}  // namespace choreo::control
