// Webhook registrations and their delivery state: `.control/control.db` (SPEC 7 and 9, docs/webhooks.md).
//
// Workers write registrations, the dispatcher writes cursors and retries; both through this class, in short
// transactions.
// Invariants: a registration belongs to one instance and one epoch of it, so that a deleted and re-made instance
// starts with none; (instance, url) is unique, and so is the address that a url means; a cursor never goes back (but by
// rewind); everything at or below the cursor is settled: delivered, filtered out, or kept as a retry or a dead
// delivery. Thread-safety: one thread at a time per Store; several processes may have it open.
#pragma once

#include <array>
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
#include "control/delivery_state.h"

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
  bool ordered = false;      // "delivery": one at a time, in log order
  bool cloudevents = false;  // "format"
  std::string where;         // conditions that an operation has to meet (eoql/parser.h); empty: none
  int max_in_flight = 0;     // 0: the setting's
  // The first operation that a new one is sent; nothing: what follows its registration. Not kept.
  std::optional<std::int64_t> from;
  bool activated = false;                // the client said that it is active. Not kept
  std::string secret;                    // "whsec_…"; only in the answer to its registration
  std::string old_secret;                // signs as well until then
  std::int64_t old_secret_until_ms = 0;  // wall clock
  std::string created;                   // timestamp
  // State
  std::int64_t cursor = 0;         // everything up to this operation is settled; derived from the next two
  std::int64_t frontier = 0;       // the last operation that was taken from the log
  std::vector<std::int64_t> open;  // taken but not settled, ascending: cursor < id <= frontier
  std::string last_attempt;        // timestamp or ""
  std::string last_success;        // timestamp or ""
  std::int64_t consecutive_failures = 0;
  std::string last_error;
  std::string disabled_reason;        // "" while it is not disabled by the server
  std::int64_t failing_since_ms = 0;  // these as in Settlement
  std::int64_t disable_at_ms = 0;
  std::string warning;
  int in_flight = 0;
  std::int64_t next_attempt_ms = 0;
  std::int64_t paused_until_ms = 0;
  std::int64_t attempts = 0;  // counts since its registration
  std::int64_t delivered = 0;
  std::int64_t given_up = 0;
  std::int64_t warnings = 0;
  std::int64_t rewinds = 0;    // how often the log came back as another one: what is sent then has other ids
  std::int64_t due_asked = 0;  // how often all that waits was to be due at once
  std::int64_t replays = 0;    // that are not done
  // Failed deliveries; counted for put() and list() only.
  std::int64_t retrying = 0;  // to be tried again
  std::int64_t dead = 0;      // given up
};

// How many webhooks there may be; 0: any number. Those that are there stay.
struct WebhookLimits {
  std::int64_t of_instance = 0;
  std::int64_t of_host = 0;  // of all instances together
};

class Store {
 public:
  // Opens or makes `<control_dir>/control.db`, migrating it.
  static Result<Store> open(const std::string& control_dir, Clock& clock, Random& random);
  // How long a statement waits for another program's transaction from now on.
  void wait_for_others(int timeout_ms);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Adds, or updates the one with the same instance and address, in whatever spelling of the url (its id, secret and
  // cursor stay unless a secret is given). The returned one carries the secret when it is new or was given. head: where
  // a new one starts. Error conflict/too_many_webhooks: a new one would be beyond the limits.
  Result<Webhook> put(Webhook webhook, std::int64_t head, const WebhookLimits& limits = {});
  Result<std::vector<Webhook>> list(const std::string& instance, const std::string& epoch);
  Result<std::int64_t> count(const std::string& instance, const std::string& epoch);
  // False if there was none. By url: in whatever spelling.
  Result<bool> remove_by_url(const std::string& instance, const std::string& epoch, const std::string& url);
  Result<bool> remove_by_id(const std::string& instance, const std::string& epoch, const std::string& id);
  // One of them, without its secrets. Error not_found/unknown_webhook.
  Result<Webhook> find(const std::string& instance, const std::string& epoch, const std::string& id);
  // Calls change(webhook) with one of them, secrets included, and stores what it makes of the registration. Errors: of
  // change; not_found/unknown_webhook; conflict/url_taken: another one has the url; conflict/too_many_webhooks: the new
  // url's host has as many as it may. One that is said to be active has what waits due at once.
  Result<Webhook> change(const std::string& instance, const std::string& epoch, const std::string& id,
                         const std::function<Status(Webhook&)>& change, const WebhookLimits& limits = {});
  // Takes it back if it was switched off; what waits to be tried again is due at once.
  Result<Webhook> enable(const std::string& instance, const std::string& epoch, const std::string& id);
  // All of an instance's, whatever the epoch.
  Status remove_instance(const std::string& instance);

  // For the dispatcher: every registration with its secrets; and one of them, if it is there.
  Result<std::vector<Webhook>> all();
  Result<std::optional<Webhook>> registration(const std::string& id);
  // The retries due first (by time, then operation), at most `limit`; and how many there are.
  Result<std::vector<Retry>> retries(const std::string& webhook_id, int limit, bool in_log_order = false);
  Result<std::int64_t> retry_count(const std::string& webhook_id);
  Result<std::int64_t> dead_count(const std::string& webhook_id);
  // For metrics: of all webhooks; dead: deliveries given up.
  struct Totals {
    std::int64_t webhooks = 0;
    std::int64_t paused = 0;
    std::int64_t disabled = 0;
    std::int64_t dead = 0;
  };
  Result<Totals> totals();
  // Not synced to disk by itself: after a power failure some deliveries may be repeated, none is lost. Settlements of
  // webhooks that were removed meanwhile are dropped.
  Status settle(const std::vector<Settlement>& settlements);
  // The log lost its end (a backup, a damaged write-ahead log): what comes after `head` now is new. Forgets retries,
  // dead deliveries and open ones beyond it, and counts it in `rewinds`.
  Status rewind(const Webhook& webhook, std::int64_t head);

  // The history of attempts is bounded: at most this many of each webhook, none older. From the next settle() on; what
  // is too old goes with forget_old_attempts().
  void bound_history(std::int64_t max_attempts, std::int64_t max_age_ms);
  Status forget_old_attempts();
  // Attempts before `before` (an id; 0: the end), newest first.
  struct AttemptFilter {
    std::optional<Attempt::Result> result;
    std::optional<int> status;
    std::optional<std::int64_t> op_id;
  };
  Result<std::vector<Attempt>> attempts(const std::string& webhook_id, const AttemptFilter& filter, std::int64_t before,
                                        int limit);
  // Deliveries given up, of operations after `after`, in log order.
  Result<std::vector<Retry>> dead(const std::string& webhook_id, std::int64_t after, int limit);

  // Asks the dispatcher to send operations again. Error conflict/too_many_replays.
  Result<std::int64_t> add_replay(const std::string& webhook_id, const Replay& replay);
  Result<std::optional<Replay>> next_replay(const std::string& webhook_id);

  // Asks the dispatcher for a test; take_pings() gives each to it once, end_ping() says what came of it, and
  // ping_state() shows that. Whoever asked removes it; those that nobody waits for any more go with take_pings().
  Result<std::int64_t> add_ping(const std::string& webhook_id);
  Result<std::vector<Ping>> take_pings();
  // At the dispatcher's start: an earlier one took them and ended.
  Status forget_taken_pings();
  Status end_ping(const Ping& ping, Attempt attempt);
  struct PingState {
    bool taken = false;
    std::optional<Attempt> attempt;
  };
  // Error unavailable/test_unfinished: it is forgotten.
  Result<PingState> ping_state(std::int64_t ping_id);
  Status remove_ping(std::int64_t ping_id);

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

// The members of a registration, in the order in which they are checked.
inline constexpr std::array<std::string_view, 12> kRegistrationMembers = {
    "url",   "secret",  "description", "active",        "filter", "tables",
    "where", "headers", "delivery",    "max_in_flight", "format", "from"};

// Checks what a client sends to register one (SPEC 7): object with url (http or https, no user info, at most 2,048
// bytes), filter, active, tables, secret (whsec_ + base64 of 24 to 64 bytes), headers (no CR or LF; not host,
// content-length, content-type, webhook-*, x-choreo-*), description, delivery, format, where, max_in_flight, from.
// `body` is canonical JSON.
Result<Webhook> parse_registration(std::string_view body);
// The members of `body` in place of the webhook's; null gives one back its default. Not secret and from; unknown
// members are refused.
Status apply_change(std::string_view body, Webhook& webhook);

// {"overlap_seconds"?, "secret"?}: how a secret is replaced. Error invalid/bad_rotation, bad_secret.
struct Rotation {
  std::string secret;  // the new one
  std::int64_t overlap_secs = 0;
};
Result<Rotation> parse_rotation(std::string_view body, std::int64_t default_secs, std::int64_t max_secs,
                                Random& random);

// {"id","url","active","filter"?,…,"cursor","lag",…}; with the secret only where asked. Values of headers are masked.
std::string to_json(const Webhook& webhook, std::int64_t head, bool with_secret);
// {"id","op_id","attempt","time","result","status","latency_ms","error","answer","next_attempt"}
std::string to_json(const Attempt& attempt);
// {"op_id","attempts","given_up","error"}
std::string dead_to_json(const Retry& dead);

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
