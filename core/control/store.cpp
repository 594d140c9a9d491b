// Registrations: what workers write and read.
#include "base/text.h"
#include "base/timestamp.h"
#include "control/schema.h"
#include "control/secret.h"
#include "control/store_impl.h"
#include "control/url_parts.h"
#include "control/webhook_row.h"

namespace choreo::control {
namespace {

constexpr std::size_t kIdBytes = 12;

// The one with that address; where an older version left several spellings, the one of the very url first.
Result<std::optional<Webhook>> find_by_url(sqlite::Database& db, const std::string& instance, const std::string& url) {
  CHOREO_ASSIGN(sqlite::Statement select, select_webhooks(db, Columns::counted,
                                                          "WHERE w.instance = ?1 AND (w.url = ?2 OR w.address = ?3)"
                                                          " ORDER BY w.url <> ?2, w.created, w.id LIMIT 1"));
  const std::string address = identity_of(url).address;
  return read_one(select.bind(1, instance).bind(2, url).bind(3, address));
}

// What the state looks like after revive().
void forget_failures(Webhook& webhook) {
  webhook.consecutive_failures = 0;
  webhook.last_error.clear();
  webhook.disabled_reason.clear();
  webhook.failing_since_ms = webhook.disable_at_ms = webhook.next_attempt_ms = webhook.paused_until_ms = 0;
  webhook.warning.clear();
}

// The registration as it will stand: the stored one's identity, position and state, and what was given.
Webhook merge(Webhook given, const Webhook& stored) {
  Webhook merged = stored;
  merged.url = std::move(given.url);
  merged.active = given.active;
  merged.operators = std::move(given.operators);
  merged.tables = std::move(given.tables);
  merged.headers = std::move(given.headers);
  merged.description = std::move(given.description);
  merged.ordered = given.ordered;
  merged.cloudevents = given.cloudevents;
  merged.where = std::move(given.where);
  merged.max_in_flight = given.max_in_flight;
  if (!given.secret.empty()) {
    merged.secret = std::move(given.secret);
    merged.old_secret.clear();
    merged.old_secret_until_ms = 0;
  }
  if (!merged.disabled_reason.empty()) forget_failures(merged);
  return merged;
}

Webhook made_new(Webhook given, std::int64_t head, Store::Impl& impl) {
  given.id = "wh_" + impl.random.hex(kIdBytes);
  given.created = format_timestamp(impl.clock.wall_ms());
  given.frontier = given.cursor = given.from ? *given.from - 1 : head;
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

Result<Webhook> find_or_refuse(sqlite::Database& db, const std::string& instance, const std::string& epoch,
                               const std::string& id) {
  CHOREO_ASSIGN(sqlite::Statement select,
                select_webhooks(db, Columns::counted, "WHERE w.instance = ? AND w.epoch = ? AND w.id = ?"));
  CHOREO_ASSIGN(std::optional<Webhook> found, read_one(select.bind(1, instance).bind(2, epoch).bind(3, id)));
  if (found) return *std::move(found);
  return make_error(ErrorKind::not_found, "unknown_webhook",
                    "instance '" + instance + "' has no webhook '" + shortened(id) + "'");
}

Status check_url_free(sqlite::Database& db, const Webhook& webhook) {
  CHOREO_ASSIGN(sqlite::Statement select,
                select_webhooks(db, Columns::counted,
                                "WHERE w.instance = ? AND (w.url = ? OR w.address = ?) AND w.id <> ? LIMIT 1"));
  const std::string address = identity_of(webhook.url).address;
  select.bind(1, webhook.instance).bind(2, webhook.url).bind(3, address).bind(4, webhook.id);
  CHOREO_ASSIGN(const std::optional<Webhook> holder, read_one(select));
  if (!holder) return {};
  if (holder->epoch != webhook.epoch) {  // of an instance that was deleted and made anew
    CHOREO_TRY(remove_where(db, "id", holder->instance, holder->epoch, holder->id));
    return {};
  }
  Error taken = make_error(ErrorKind::conflict, "url_taken",
                           "webhook '" + holder->id + "' of this instance has that url; remove it first");
  taken.field = "url";
  return taken;
}

Error too_many_webhooks(const std::string& what, std::string_view setting, std::int64_t limit) {
  return make_error(ErrorKind::conflict, "too_many_webhooks",
                    what + " has as many webhooks as it may: " + std::string(setting) + "=" + std::to_string(limit) +
                        "; remove one first");
}

Result<std::int64_t> count_where(sqlite::Database& db, std::string_view condition, const std::string& value) {
  CHOREO_ASSIGN(sqlite::Statement select, db.prepare("SELECT count(*) FROM webhooks WHERE " + std::string(condition)));
  CHOREO_TRY(select.bind(1, value).step());
  return select.integer(0);
}

Status check_host_has_room(sqlite::Database& db, const std::string& url, const WebhookLimits& limits) {
  if (limits.of_host == 0) return {};
  const std::string host = identity_of(url).host;
  CHOREO_ASSIGN(const std::int64_t count, count_where(db, "host = ?", host));
  if (count < limits.of_host) return {};
  return too_many_webhooks("host '" + host + "'", "CHOREO_MAX_HOST_WEBHOOKS", limits.of_host);
}

Status check_room(sqlite::Database& db, const Webhook& webhook, const WebhookLimits& limits) {
  if (limits.of_instance > 0) {
    CHOREO_ASSIGN(const std::int64_t count, count_where(db, "instance = ?", webhook.instance));
    if (count >= limits.of_instance)
      return too_many_webhooks("instance '" + webhook.instance + "'", "CHOREO_MAX_WEBHOOKS", limits.of_instance);
  }
  return check_host_has_room(db, webhook.url, limits);
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

void Store::wait_for_others(int timeout_ms) {
  sqlite3_busy_timeout(impl_->db.handle(), timeout_ms);
}

Result<Store> Store::open(const std::string& control_dir, Clock& clock, Random& random) {
  CHOREO_ASSIGN(sqlite::Database db, open_control_db(control_dir));
  return Store(std::make_unique<Impl>(std::move(db), clock, random));
}

Result<Store::Impl::Put> Store::Impl::put(Webhook webhook, std::int64_t head, const WebhookLimits& limits) {
  CHOREO_ASSIGN(std::optional<Webhook> stored, find_by_url(db, webhook.instance, webhook.url));
  if (stored && stored->epoch != webhook.epoch) {  // of an instance that was deleted and made anew
    CHOREO_TRY(remove_where(db, "id", stored->instance, stored->epoch, stored->id));
    stored.reset();
  }
  if (!stored) CHOREO_TRY(check_room(db, webhook, limits));
  Webhook merged = stored ? merge(std::move(webhook), *stored) : made_new(std::move(webhook), head, *this);
  CHOREO_TRY(write_registration(db, merged));
  CHOREO_TRY(revive(db, merged.id));
  if (stored && merged.active) CHOREO_TRY(make_due(db, merged.id));
  return Put{std::move(merged), !stored};
}

Result<Webhook> Store::put(Webhook webhook, std::int64_t head, const WebhookLimits& limits) {
  const bool secret_given = !webhook.secret.empty();
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(Impl::Put put, impl_->put(std::move(webhook), head, limits));
  CHOREO_TRY(transaction.commit());
  if (!put.added && !secret_given) put.webhook.secret.clear();
  return std::move(put.webhook);
}

Result<Webhook> Store::change(const std::string& instance, const std::string& epoch, const std::string& id,
                              const std::function<Status(Webhook&)>& change, const WebhookLimits& limits) {
  CHOREO_TRY(impl_->require(Impl::Durability::full));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(impl_->db, true));
  CHOREO_ASSIGN(Webhook webhook, find_or_refuse(impl_->db, instance, epoch, id));
  const bool was_disabled = !webhook.disabled_reason.empty();
  const std::string host = identity_of(webhook.url).host;
  CHOREO_TRY(change(webhook));
  CHOREO_TRY(check_url_free(impl_->db, webhook));
  if (identity_of(webhook.url).host != host) CHOREO_TRY(check_host_has_room(impl_->db, webhook.url, limits));
  CHOREO_TRY(write_registration(impl_->db, webhook));
  if (was_disabled && webhook.disabled_reason.empty()) {
    CHOREO_TRY(revive(impl_->db, id));
    forget_failures(webhook);
  }
  if (webhook.activated) {
    CHOREO_TRY(make_due(impl_->db, id));
    webhook.next_attempt_ms = webhook.paused_until_ms = 0;
  }
  CHOREO_TRY(transaction.commit());
  return webhook;
}

Result<Webhook> Store::enable(const std::string& instance, const std::string& epoch, const std::string& id) {
  return change(instance, epoch, id, [](Webhook& webhook) -> Status {
    webhook.active = webhook.activated = true;
    webhook.disabled_reason.clear();
    return {};
  });
}

Result<std::vector<Webhook>> Store::list(const std::string& instance, const std::string& epoch) {
  CHOREO_ASSIGN(
      sqlite::Statement select,
      select_webhooks(impl_->db, Columns::counted, "WHERE w.instance = ? AND w.epoch = ? ORDER BY w.created, w.id"));
  CHOREO_ASSIGN(std::vector<Webhook> webhooks, read_all(select.bind(1, instance).bind(2, epoch)));
  for (Webhook& webhook : webhooks) webhook.secret.clear(), webhook.old_secret.clear();
  return webhooks;
}

Result<Webhook> Store::find(const std::string& instance, const std::string& epoch, const std::string& id) {
  CHOREO_ASSIGN(Webhook webhook, find_or_refuse(impl_->db, instance, epoch, id));
  webhook.secret.clear();
  webhook.old_secret.clear();
  return webhook;
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
  const std::string address = identity_of(url).address;
  CHOREO_ASSIGN(const bool by_address, remove_where(impl_->db, "address", instance, epoch, address));
  CHOREO_ASSIGN(const bool by_url, remove_where(impl_->db, "url", instance, epoch, url));
  return by_address || by_url;
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
  CHOREO_ASSIGN(sqlite::Statement select,
                select_webhooks(impl_->db, Columns::plain, "ORDER BY w.instance, w.created, w.id"));
  return read_all(select);
}

Result<std::optional<Webhook>> Store::registration(const std::string& id) {
  CHOREO_ASSIGN(sqlite::Statement select, select_webhooks(impl_->db, Columns::plain, "WHERE w.id = ?"));
  return read_one(select.bind(1, id));
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
  for (const auto& [webhook, head] : webhooks) CHOREO_TRY(impl_->put(webhook, head, {}));
  CHOREO_ASSIGN(sqlite::Statement insert, impl_->db.prepare("INSERT OR IGNORE INTO done_once(name) VALUES(?)"));
  CHOREO_TRY(insert.bind(1, name).run());
  return transaction.commit();
}

}  // namespace choreo::control
