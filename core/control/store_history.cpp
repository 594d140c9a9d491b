// The history of attempts: written with the settlement they belong to, bounded by count and age.
#include <algorithm>

#include "control/store_impl.h"

namespace choreo::control {
namespace {

constexpr std::int64_t kMostTrimmedAtOnce = 128;

Attempt read_attempt(const sqlite::Statement& row) {
  Attempt attempt;
  attempt.id = row.integer(0);
  attempt.op_id = row.integer(1);
  attempt.number = static_cast<int>(row.integer(2));
  attempt.at_ms = row.integer(3);
  attempt.latency_ms = row.integer(4);
  attempt.result = static_cast<Attempt::Result>(row.integer(5));
  attempt.status = static_cast<int>(row.integer(6));
  attempt.error = row.text(7);
  attempt.next_ms = row.integer(8);
  attempt.answer = row.text(9);
  return attempt;
}

}  // namespace

void Store::bound_history(std::int64_t max_attempts, std::int64_t max_age_ms) {
  impl_->max_attempts = max_attempts;
  impl_->max_age_ms = max_age_ms;
}

Status Store::Impl::write_attempt(const std::string& webhook_id, std::int64_t id, const Attempt& attempt) {
  settling.attempt.bind(1, webhook_id).bind(2, id).bind(3, attempt.op_id).bind(4, attempt.number);
  settling.attempt.bind(5, attempt.at_ms).bind(6, attempt.latency_ms);
  settling.attempt.bind(7, static_cast<std::int64_t>(attempt.result)).bind(8, attempt.status);
  return settling.attempt.bind(9, attempt.error).bind(10, attempt.next_ms).bind(11, attempt.answer).run();
}

// Trimmed in portions, so that not every settlement pays for it.
Status Store::Impl::write_attempts(const Settlement& settlement, std::int64_t before) {
  const auto count = static_cast<std::int64_t>(settlement.attempts.size());
  if (count == 0) return {};
  const std::int64_t last_id = before + count;
  std::int64_t id = before;
  for (const Attempt& attempt : settlement.attempts) CHOREO_TRY(write_attempt(settlement.webhook_id, ++id, attempt));
  const std::int64_t portion = std::clamp<std::int64_t>(max_attempts / 8, 1, kMostTrimmedAtOnce);
  if (last_id <= max_attempts || last_id / portion == before / portion) return {};
  return settling.trim.bind(1, settlement.webhook_id).bind(2, last_id - max_attempts).run();
}

Status Store::forget_old_attempts() {
  CHOREO_TRY(impl_->require(Impl::Durability::ordered));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(sqlite::Statement ids, impl_->db.prepare("SELECT id FROM webhooks"));
  // Ids follow the order of time, so this looks at what it removes and one more.
  CHOREO_ASSIGN(
      sqlite::Statement forget,
      impl_->db.prepare("DELETE FROM attempts WHERE webhook_id = ?1 AND id < coalesce((SELECT id FROM attempts"
                        " WHERE webhook_id = ?1 AND at_ms >= ?2 ORDER BY id LIMIT 1), 9223372036854775807)"));
  forget.bind(2, impl_->clock.wall_ms() - impl_->max_age_ms);
  for (;;) {
    CHOREO_ASSIGN(const bool row, ids.step());
    if (!row) break;
    const std::string id(ids.text(0));
    CHOREO_TRY(forget.bind(1, id).run());
  }
  ids.reset();
  return transaction.commit();
}

Result<std::vector<Attempt>> Store::attempts(const std::string& webhook_id, const AttemptFilter& filter,
                                             std::int64_t before, int limit) {
  // The history of one webhook is short enough to be looked through; an index would cost every delivery.
  CHOREO_ASSIGN(
      sqlite::Statement select,
      impl_->db.prepare("SELECT id, op_id, number, at_ms, latency_ms, result, status, error, next_ms, answer"
                        " FROM attempts WHERE webhook_id = ?1 AND (?2 = 0 OR id < ?2) AND (?3 IS NULL OR result = ?3 "
                        "OR (?3 = 1 AND result = 2))"
                        " AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR op_id = ?5) ORDER BY id DESC LIMIT ?6"));
  select.bind(1, webhook_id).bind(2, before).bind(6, limit);
  if (filter.result) select.bind(3, static_cast<std::int64_t>(*filter.result));
  if (filter.status) select.bind(4, *filter.status);
  if (filter.op_id) select.bind(5, *filter.op_id);
  std::vector<Attempt> attempts;
  for (;;) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return attempts;
    attempts.push_back(read_attempt(select));
  }
}

}  // namespace choreo::control
