// Webhook registrations and their delivery state: `.control/control.db` (SPEC 7 and 9, docs/webhooks.md).
//
// Workers write registrations, the dispatcher writes cursors and retries; both through this class, in short
// transactions.
// Invariants: a registration belongs to one instance and one epoch of it, so that a deleted and re-made instance
// starts with none; (instance, url) is unique; a cursor never goes back (but by rewind); everything at or below the
// cursor is settled: delivered, filtered out, or kept as a retry or a dead delivery. Thread-safety: one thread at a
// time per Store; several processes may have it open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace choreo::control {

struct Webhook {
  std::string id;  // "wh_" + 24 hexadecimal digits
  std::string instance;
  std::string epoch;
  std::string url;
  bool active = true;
  std::vector<std::string> operators;  // "filter"; empty: all
  std::vector<std::string> tables;     // empty: all
  std::vector<std::pair<std::string, std::string>> headers;
  std::string description;
  std::string secret;   // "whsec_…"; only in the answer to its registration
  std::string created;  // timestamp
  // State
  std::int64_t cursor = 0;         // everything up to this operation is settled; derived from the next two
  std::int64_t frontier = 0;       // the last operation that was taken from the log
  std::vector<std::int64_t> open;  // taken but not settled, ascending: cursor < id <= frontier
  std::string last_attempt;        // timestamp or ""
  std::string last_success;        // timestamp or ""
  std::int64_t consecutive_failures = 0;
  std::string last_error;
  std::string disabled_reason;  // "" while it is not disabled by the server
  // Failed deliveries; counted for put() and list() only.
  std::int64_t retrying = 0;  // to be tried again
  std::int64_t dead = 0;      // given up
};

// A delivery that failed and will be tried again.
struct Retry {
  std::int64_t op_id = 0;
  int attempts = 0;          // made so far
  std::int64_t next_ms = 0;  // wall clock
  std::string error;         // of the last attempt
};

// What one turn of the dispatcher changed for one webhook; applied with others in one transaction. Values are absolute,
// since the dispatcher is the only writer of delivery state.
struct Settlement {
  std::string webhook_id;
  std::int64_t frontier = 0;
  std::vector<std::int64_t> open;       // at most one an allowed delivery in flight
  std::vector<Retry> retries;           // added or moved
  std::vector<std::int64_t> delivered;  // retries that are done
  std::vector<Retry> dead;              // given up: kept, never tried again by themselves
  bool attempted = false;               // an attempt ended now
  bool succeeded = false;               // one of them well
  std::int64_t consecutive_failures = 0;
  std::string last_error;       // "" once an attempt succeeded
  std::string disabled_reason;  // non-empty: the webhook is switched off
};

class Store {
 public:
  // Opens or makes `<control_dir>/control.db`, migrating it.
  static Result<Store> open(const std::string& control_dir, Clock& clock, Random& random);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Adds, or updates the one with the same instance and url (its id, secret and cursor stay unless a secret is given).
  // The returned one carries the secret when it is new or was given. head: where a new one starts.
  Result<Webhook> put(Webhook webhook, std::int64_t head);
  Result<std::vector<Webhook>> list(const std::string& instance, const std::string& epoch);
  Result<std::int64_t> count(const std::string& instance, const std::string& epoch);
  // False if there was none.
  Result<bool> remove_by_url(const std::string& instance, const std::string& epoch, const std::string& url);
  Result<bool> remove_by_id(const std::string& instance, const std::string& epoch, const std::string& id);
  // All of an instance's, whatever the epoch.
  Status remove_instance(const std::string& instance);

  // For the dispatcher: every registration with its secret.
  Result<std::vector<Webhook>> all();
  // The retries due first (by time, then operation), at most `limit`; and how many there are.
  Result<std::vector<Retry>> retries(const std::string& webhook_id, int limit);
  Result<std::int64_t> retry_count(const std::string& webhook_id);
  Result<std::int64_t> dead_count(const std::string& webhook_id);
  // Not synced to disk by itself: after a power failure some deliveries may be repeated, none is lost. Settlements of
  // webhooks that were removed meanwhile are dropped.
  Status settle(const std::vector<Settlement>& settlements);
  // The log lost its end (a backup, a damaged write-ahead log): what comes after `head` now is new. Forgets retries,
  // dead deliveries and open ones beyond it.
  Status rewind(const Webhook& webhook, std::int64_t head);

  // Changes whenever another connection wrote (PRAGMA data_version): cheap to poll.
  Result<std::int64_t> version();

  // Things done once in the life of a data directory, by name. put_once: put() of each with its head and the mark that
  // it is done, all or nothing.
  Result<bool> is_done(const std::string& name);
  Status put_once(const std::string& name, const std::vector<std::pair<Webhook, std::int64_t>>& webhooks);

  struct Impl;

 private:
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Checks what a client sends to register one (SPEC 7): object with url (http or https, no user info, at most 2,048
// bytes), filter, active, tables, secret (whsec_ + base64 of 24 to 64 bytes), headers (no CR or LF; not host,
// content-length, content-type, webhook-*, x-choreo-*), description. `body` is canonical JSON.
Result<Webhook> parse_registration(std::string_view body);

// {"id","url","active","filter"?,…,"cursor","lag",…}; with the secret only where asked. Values of headers are masked.
std::string to_json(const Webhook& webhook, std::int64_t head, bool with_secret);

// Imports the earlier system's webhooks.json of the data directory once (SPEC 9): {instance:[{url, filter?, active}]}.
// find: the epoch and head of an instance, if it exists; entries of others are left out. Error
// invalid/bad_legacy_webhooks: nothing was imported, and it will be tried again.
struct InstanceHead {
  std::string epoch;
  std::int64_t head = 0;
};
Status import_legacy(Store& store, const std::string& data_dir,
                     const std::function<std::optional<InstanceHead>(const std::string& slug)>& find);

}  // namespace choreo::control
