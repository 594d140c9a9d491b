#include "control/webhook_row.h"

#include "control/store_impl.h"
#include "control/url_parts.h"

namespace choreo::control {
namespace {

constexpr std::string_view kPlain =
    "SELECT w.id, w.instance, w.epoch, w.url, w.active, w.operators, w.tables, w.headers, w.description, w.secret,"
    " w.created, w.delivery, w.format, w.conditions, w.max_in_flight, w.old_secret, w.old_secret_until_ms,"
    " d.frontier, d.open, d.last_attempt, d.last_success, d.consecutive_failures, d.last_error, d.disabled_reason,"
    " d.failing_since_ms, d.disable_at_ms, d.warning, d.in_flight, d.next_attempt_ms, d.paused_until_ms,"
    " d.attempts, d.delivered, d.given_up, d.warnings, d.due_asked, d.rewinds,"
    " (SELECT count(*) FROM replays r WHERE r.webhook_id = w.id)";
constexpr std::string_view kCounts =
    ", (SELECT count(*) FROM failed f WHERE f.webhook_id = w.id AND f.dead = 0)"
    ", (SELECT count(*) FROM failed f WHERE f.webhook_id = w.id AND f.dead = 1)";
constexpr std::string_view kTables = " FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id ";

constexpr std::string_view kOrdered = "ordered";
constexpr std::string_view kCloudEvents = "cloudevents";

// Takes the columns of a row one after the other.
class Row {
 public:
  explicit Row(const sqlite::Statement& row) : row_(row) {}
  std::string text() { return std::string(row_.text(next_++)); }
  std::int64_t integer() { return row_.integer(next_++); }
  bool more() const { return next_ < sqlite3_column_count(row_.handle()); }

 private:
  const sqlite::Statement& row_;
  int next_ = 0;
};

Status read_registration(Row& row, Webhook& webhook) {
  webhook.id = row.text();
  webhook.instance = row.text();
  webhook.epoch = row.text();
  webhook.url = row.text();
  webhook.active = row.integer() != 0;
  CHOREO_ASSIGN(webhook.operators, decode_strings(row.text()));
  CHOREO_ASSIGN(webhook.tables, decode_strings(row.text()));
  CHOREO_ASSIGN(webhook.headers, decode_headers(row.text()));
  webhook.description = row.text();
  webhook.secret = row.text();
  webhook.created = row.text();
  webhook.ordered = row.text() == kOrdered;
  webhook.cloudevents = row.text() == kCloudEvents;
  webhook.where = row.text();
  webhook.max_in_flight = static_cast<int>(row.integer());
  webhook.old_secret = row.text();
  webhook.old_secret_until_ms = row.integer();
  return {};
}

Status read_state(Row& row, Webhook& webhook) {
  webhook.frontier = row.integer();
  CHOREO_ASSIGN(webhook.open, decode_integers(row.text()));
  webhook.cursor = webhook.open.empty() ? webhook.frontier : webhook.open.front() - 1;
  webhook.last_attempt = row.text();
  webhook.last_success = row.text();
  webhook.consecutive_failures = row.integer();
  webhook.last_error = row.text();
  webhook.disabled_reason = row.text();
  webhook.failing_since_ms = row.integer();
  webhook.disable_at_ms = row.integer();
  webhook.warning = row.text();
  webhook.in_flight = static_cast<int>(row.integer());
  webhook.next_attempt_ms = row.integer();
  webhook.paused_until_ms = row.integer();
  webhook.attempts = row.integer();
  webhook.delivered = row.integer();
  webhook.given_up = row.integer();
  webhook.warnings = row.integer();
  webhook.due_asked = row.integer();
  webhook.rewinds = row.integer();
  webhook.replays = row.integer();
  return {};
}

Result<Webhook> read_webhook(const sqlite::Statement& statement) {
  Row row(statement);
  Webhook webhook;
  CHOREO_TRY(read_registration(row, webhook));
  CHOREO_TRY(read_state(row, webhook));
  if (!row.more()) return webhook;
  webhook.retrying = row.integer();
  webhook.dead = row.integer();
  return webhook;
}

}  // namespace

Result<sqlite::Statement> select_webhooks(sqlite::Database& db, Columns columns, std::string_view rest) {
  std::string sql(kPlain);
  if (columns == Columns::counted) sql += kCounts;
  return db.prepare(sql.append(kTables).append(rest));
}

Result<std::optional<Webhook>> read_one(sqlite::Statement& select) {
  CHOREO_ASSIGN(const bool row, select.step());
  if (!row) return std::optional<Webhook>();
  CHOREO_ASSIGN(Webhook webhook, read_webhook(select));
  return std::optional<Webhook>(std::move(webhook));
}

Result<std::vector<Webhook>> read_all(sqlite::Statement& select) {
  std::vector<Webhook> webhooks;
  for (;;) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return webhooks;
    CHOREO_ASSIGN(Webhook webhook, read_webhook(select));
    webhooks.push_back(std::move(webhook));
  }
}

Status write_registration(sqlite::Database& db, const Webhook& webhook) {
  CHOREO_ASSIGN(
      sqlite::Statement upsert,
      db.prepare("INSERT INTO webhooks(id, instance, epoch, url, active, operators, tables, headers, description,"
                 " secret, created, delivery, format, conditions, max_in_flight, old_secret, old_secret_until_ms,"
                 " address, host)"
                 " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                 " url = excluded.url, active = excluded.active, operators = excluded.operators,"
                 " tables = excluded.tables, headers = excluded.headers, description = excluded.description,"
                 " secret = excluded.secret, delivery = excluded.delivery, format = excluded.format,"
                 " conditions = excluded.conditions, max_in_flight = excluded.max_in_flight,"
                 " old_secret = excluded.old_secret, old_secret_until_ms = excluded.old_secret_until_ms,"
                 " address = excluded.address, host = excluded.host"));
  const std::string operators = encode_strings(webhook.operators);
  const std::string tables = encode_strings(webhook.tables);
  const std::string headers = encode_headers(webhook.headers);
  upsert.bind(1, webhook.id).bind(2, webhook.instance).bind(3, webhook.epoch).bind(4, webhook.url);
  upsert.bind(5, webhook.active ? 1 : 0).bind(6, operators).bind(7, tables).bind(8, headers);
  upsert.bind(9, webhook.description).bind(10, webhook.secret).bind(11, webhook.created);
  upsert.bind(12, webhook.ordered ? kOrdered : "parallel").bind(13, webhook.cloudevents ? kCloudEvents : "choreo");
  upsert.bind(14, webhook.where).bind(15, webhook.max_in_flight);
  upsert.bind(16, webhook.old_secret).bind(17, webhook.old_secret_until_ms);
  const UrlIdentity identity = identity_of(webhook.url);
  upsert.bind(18, identity.address).bind(19, identity.host);
  CHOREO_TRY(upsert.run());
  CHOREO_ASSIGN(sqlite::Statement state,
                db.prepare("INSERT INTO deliveries(webhook_id, frontier) VALUES(?, ?) ON CONFLICT DO NOTHING"));
  return state.bind(1, webhook.id).bind(2, webhook.frontier).run();
}

Status revive(sqlite::Database& db, const std::string& webhook_id) {
  CHOREO_ASSIGN(
      sqlite::Statement state,
      db.prepare("UPDATE deliveries SET consecutive_failures = 0, last_error = '', disabled_reason = '',"
                 " failing_since_ms = 0, disable_at_ms = 0, warning = '', next_attempt_ms = 0, paused_until_ms = 0"
                 " WHERE webhook_id = ? AND disabled_reason <> ''"));
  return state.bind(1, webhook_id).run();
}

Status make_due(sqlite::Database& db, const std::string& webhook_id) {
  CHOREO_ASSIGN(sqlite::Statement failed,
                db.prepare("UPDATE failed SET next_ms = 0 WHERE webhook_id = ? AND dead = 0"));
  CHOREO_TRY(failed.bind(1, webhook_id).run());
  CHOREO_ASSIGN(sqlite::Statement state, db.prepare("UPDATE deliveries SET paused_until_ms = 0, next_attempt_ms = 0,"
                                                    " due_asked = due_asked + 1 WHERE webhook_id = ?"));
  return state.bind(1, webhook_id).run();
}

}  // namespace choreo::control
