// Registrations: what workers write and read.
#include "base/timestamp.h"
#include "control/schema.h"
#include "control/secret.h"
#include "control/store_impl.h"

namespace choreo::control {
namespace {

constexpr std::size_t kIdBytes = 12;

constexpr std::string_view kColumns =
    "SELECT w.id, w.instance, w.epoch, w.url, w.active, w.operators, w.tables, w.headers, w.description, w.secret,"
    " w.created, d.frontier, d.open, d.last_attempt, d.last_success, d.consecutive_failures, d.last_error,"
    " d.disabled_reason";
constexpr std::string_view kCounts =
    ", (SELECT count(*) FROM failed f WHERE f.webhook_id = w.id AND f.dead = 0)"
    ", (SELECT count(*) FROM failed f WHERE f.webhook_id = w.id AND f.dead = 1)";
constexpr std::string_view kTables = " FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id ";
constexpr int kPlainColumns = 18;

std::string select_plain(std::string_view rest) {
  return std::string(kColumns).append(kTables).append(rest);
}

std::string select_counted(std::string_view rest) {
  return std::string(kColumns).append(kCounts).append(kTables).append(rest);
}

Webhook read_webhook(const sqlite::Statement& row) {
  Webhook webhook;
  webhook.id = row.text(0);
  webhook.instance = row.text(1);
  webhook.epoch = row.text(2);
  webhook.url = row.text(3);
  webhook.active = row.integer(4) != 0;
  webhook.operators = decode_strings(row.text(5));
  webhook.tables = decode_strings(row.text(6));
  webhook.headers = decode_headers(row.text(7));
  webhook.description = row.text(8);
  webhook.secret = row.text(9);
  webhook.created = row.text(10);
  webhook.frontier = row.integer(11);
  webhook.open = decode_integers(row.text(12));
  webhook.cursor = webhook.open.empty() ? webhook.frontier : webhook.open.front() - 1;
  webhook.last_attempt = row.text(13);
  webhook.last_success = row.text(14);
  webhook.consecutive_failures = row.integer(15);
  webhook.last_error = row.text(16);
  webhook.disabled_reason = row.text(17);
  if (sqlite3_column_count(row.handle()) == kPlainColumns) return webhook;
  webhook.retrying = row.integer(kPlainColumns);
  webhook.dead = row.integer(kPlainColumns + 1);
  return webhook;
}

Result<std::vector<Webhook>> read_all(sqlite::Statement& select) {
  std::vector<Webhook> webhooks;
  for (;;) {
    CHOREO_ASSIGN(const bool row, select.step());
    if (!row) return webhooks;
    webhooks.push_back(read_webhook(select));
  }
}

Result<std::optional<Webhook>> find_by_url(sqlite::Database& db, const std::string& instance, const std::string& url) {
  CHOREO_ASSIGN(sqlite::Statement select, db.prepare(select_counted("WHERE w.instance = ? AND w.url = ?")));
  select.bind(1, instance).bind(2, url);
  CHOREO_ASSIGN(const bool row, select.step());
  return row ? std::optional<Webhook>(read_webhook(select)) : std::optional<Webhook>();
}

Status write_webhook(sqlite::Database& db, const Webhook& webhook) {
  CHOREO_ASSIGN(
      sqlite::Statement upsert,
      db.prepare("INSERT INTO webhooks(id, instance, epoch, url, active, operators, tables, headers, description,"
                 " secret, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                 " active = excluded.active, operators = excluded.operators, tables = excluded.tables,"
                 " headers = excluded.headers, description = excluded.description, secret = excluded.secret"));
  const std::string operators = encode_strings(webhook.operators);
  const std::string tables = encode_strings(webhook.tables);
  const std::string headers = encode_headers(webhook.headers);
  upsert.bind(1, webhook.id).bind(2, webhook.instance).bind(3, webhook.epoch).bind(4, webhook.url);
  upsert.bind(5, webhook.active ? 1 : 0).bind(6, operators).bind(7, tables).bind(8, headers);
  upsert.bind(9, webhook.description).bind(10, webhook.secret).bind(11, webhook.created);
  CHOREO_TRY(upsert.run());

  // Registering again is how a client takes back a disabled webhook, so the state starts afresh but for its position.
  CHOREO_ASSIGN(
      sqlite::Statement state,
      db.prepare("INSERT INTO deliveries(webhook_id, frontier) VALUES(?, ?) ON CONFLICT(webhook_id) DO UPDATE SET"
                 " consecutive_failures = 0, last_error = '', disabled_reason = '' WHERE disabled_reason <> ''"));
  return state.bind(1, webhook.id).bind(2, webhook.frontier).run();
}

// The registration as it will stand: the stored one's identity and position where there is one.
Webhook merge(Webhook given, const std::optional<Webhook>& stored, std::int64_t head, Store::Impl& impl) {
  if (stored) {
    given.id = stored->id;
    given.created = stored->created;
    given.frontier = stored->frontier;
    given.open = stored->open;
    given.cursor = stored->cursor;
    given.last_attempt = stored->last_attempt;
    given.last_success = stored->last_success;
    given.retrying = stored->retrying;
    given.dead = stored->dead;
    if (stored->disabled_reason.empty()) {
      given.consecutive_failures = stored->consecutive_failures;
      given.last_error = stored->last_error;
    }
    if (given.secret.empty()) given.secret = stored->secret;
    return given;
  }
  given.id = "wh_" + impl.random.hex(kIdBytes);
  given.created = format_timestamp(impl.clock.wall_ms());
  given.frontier = given.cursor = head;
  given.open.clear();
  if (given.secret.empty()) given.secret = new_secret(impl.random);
  return given;
}

Result<bool> remove_where(sqlite::Database& db, std::string_view column, const std::string& instance,
                          const std::string& epoch, const std::string& value) {
  CHOREO_ASSIGN(sqlite::Statement remove, db.prepare("DELETE FROM webhooks WHERE instance = ? AND epoch = ? AND " +
                                                     std::string(column) + " = ?"));
  CHOREO_TRY(remove.bind(1, instance).bind(2, epoch).bind(3, value).run());
  return db.changes() > 0;
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const std::string& control_dir, Clock& clock, Random& random) {
  CHOREO_ASSIGN(sqlite::Database db, open_control_db(control_dir));
  return Store(std::make_unique<Impl>(std::move(db), clock, random));
}

Result<Store::Impl::Put> Store::Impl::put(Webhook webhook, std::int64_t head) {
  CHOREO_ASSIGN(std::optional<Webhook> stored, find_by_url(db, webhook.instance, webhook.url));
  if (stored && stored->epoch != webhook.epoch) {  // of an instance that was deleted and made anew
    CHOREO_TRY(remove_where(db, "id", stored->instance, stored->epoch, stored->id));
    stored.reset();
  }
  Webhook merged = merge(std::move(webhook), stored, head, *this);
  CHOREO_TRY(write_webhook(db, merged));
  return Put{std::move(merged), !stored};
}

Result<Webhook> Store::put(Webhook webhook, std::int64_t head) {
  const bool secret_given = !webhook.secret.empty();
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(Impl::Put put, impl_->put(std::move(webhook), head));
  CHOREO_TRY(transaction.commit());
  if (!put.added && !secret_given) put.webhook.secret.clear();
  return std::move(put.webhook);
}

Result<std::vector<Webhook>> Store::list(const std::string& instance, const std::string& epoch) {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare(select_counted("WHERE w.instance = ? AND w.epoch = ? ORDER BY w.created, w.id")));
  select.bind(1, instance).bind(2, epoch);
  CHOREO_ASSIGN(std::vector<Webhook> webhooks, read_all(select));
  for (Webhook& webhook : webhooks) webhook.secret.clear();
  return webhooks;
}

Result<std::int64_t> Store::count(const std::string& instance, const std::string& epoch) {
  CHOREO_ASSIGN(sqlite::Statement select,
                impl_->db.prepare("SELECT count(*) FROM webhooks WHERE instance = ? AND epoch = ?"));
  select.bind(1, instance).bind(2, epoch);
  CHOREO_TRY(select.step());
  return select.integer(0);
}

Result<bool> Store::remove_by_url(const std::string& instance, const std::string& epoch, const std::string& url) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  return remove_where(impl_->db, "url", instance, epoch, url);
}

Result<bool> Store::remove_by_id(const std::string& instance, const std::string& epoch, const std::string& id) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  return remove_where(impl_->db, "id", instance, epoch, id);
}

Status Store::remove_instance(const std::string& instance) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Statement remove, impl_->db.prepare("DELETE FROM webhooks WHERE instance = ?"));
  return remove.bind(1, instance).run();
}

Result<std::vector<Webhook>> Store::all() {
  CHOREO_ASSIGN(sqlite::Statement select, impl_->db.prepare(select_plain("ORDER BY w.instance, w.created, w.id")));
  return read_all(select);
}

Result<std::int64_t> Store::version() {
  return impl_->db.query_integer("PRAGMA data_version", 0);
}

Result<bool> Store::is_done(const std::string& name) {
  CHOREO_ASSIGN(sqlite::Statement select, impl_->db.prepare("SELECT 1 FROM done_once WHERE name = ?"));
  return select.bind(1, name).step();
}

Status Store::put_once(const std::string& name, const std::vector<std::pair<Webhook, std::int64_t>>& webhooks) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  for (const auto& [webhook, head] : webhooks) CHOREO_TRY(impl_->put(webhook, head));
  CHOREO_ASSIGN(sqlite::Statement insert, impl_->db.prepare("INSERT OR IGNORE INTO done_once(name) VALUES(?)"));
  CHOREO_TRY(insert.bind(1, name).run());
  return transaction.commit();
}

}  // namespace choreo::control
