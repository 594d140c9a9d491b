// Doing something about one webhook: changing, enabling, rotating its secret, replaying, testing.
#include <atomic>
#include <exception>
#include <memory>
#include <optional>

#include "base/permit.h"
#include "base/sleep.h"
#include "base/timestamp.h"
#include "fcgi/webhook_place.h"
#include "fcgi/webhook_replay.h"
#include "json/scan.h"
#include "json/string.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

using control::Store;
using control::Webhook;

constexpr std::int64_t kMaxOverlapSecs = 7 * 86400;
constexpr std::int64_t kDefaultOverlapSecs = 86400;

constexpr int kMaxTests = 4;                   // at once in one worker: each holds a thread
constexpr std::int64_t kTestTakenMs = 5'000;   // the dispatcher begins it
constexpr std::int64_t kTestEndedMs = 25'000;  // and ends it: its own limit is 20 s
constexpr std::int64_t kTestPollMs = 20;

Result<Response> done(App& app, const Request& request, const WebhookPlace& place, const Webhook& webhook,
                      std::string_view what) {
  tell_dispatcher(app, place.slug);
  service::log_info(what, {{"instance", place.slug}, {"webhook", webhook.id}, {"trace_id", request.trace_id}});
  return json_response(control::to_json(webhook, place.head.last_id, false));
}

Result<Response> change(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::string body, request.json_object());
  CHOREO_ASSIGN(const Webhook changed, app.webhooks.with([&](Store& store) {
    return store.change(
        place.slug, place.head.epoch, request.segment(2),
        [&](Webhook& webhook) { return control::apply_change(body, webhook); }, webhook_limits(app));
  }));
  return done(app, request, place, changed, "webhook changed");
}

Result<Response> enable(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_TRY(request.optional_object());
  CHOREO_ASSIGN(const Webhook enabled, app.webhooks.with([&](Store& store) {
    return store.enable(place.slug, place.head.epoch, request.segment(2));
  }));
  return done(app, request, place, enabled, "webhook enabled");
}

Result<Response> rotate_secret(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::string body, request.optional_object());
  CHOREO_ASSIGN(const control::Rotation rotation,
                control::parse_rotation(body, kDefaultOverlapSecs, kMaxOverlapSecs, system_random()));
  const std::int64_t until_ms = system_clock().wall_ms() + rotation.overlap_secs * 1000;
  CHOREO_ASSIGN(const Webhook rotated, app.webhooks.with([&](Store& store) {
    return store.change(place.slug, place.head.epoch, request.segment(2), [&](Webhook& webhook) -> Status {
      const bool overlaps = rotation.overlap_secs > 0;
      webhook.old_secret = overlaps ? webhook.secret : std::string();
      webhook.old_secret_until_ms = overlaps ? until_ms : 0;
      webhook.secret = rotation.secret;
      return {};
    });
  }));
  tell_dispatcher(app, place.slug);
  service::log_info("webhook secret rotated",
                    {{"instance", place.slug}, {"webhook", rotated.id}, {"trace_id", request.trace_id}});
  return json_response(
      "{\"id\":" + json::quote(rotated.id) + ",\"secret\":" + json::quote(rotated.secret) + ",\"old_secret_until\":" +
      (rotated.old_secret_until_ms == 0 ? "null" : json::quote(format_timestamp(rotated.old_secret_until_ms))) + "}");
}

Result<Response> replay(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::string body, request.json_object());
  const std::string& id = request.segment(2);
  CHOREO_ASSIGN(const control::Replay wanted, parse_replay(body, place.head.last_id));
  std::int64_t replay_id = 0;
  CHOREO_ASSIGN(const Webhook webhook, app.webhooks.with([&](Store& store) -> Result<Webhook> {
    CHOREO_ASSIGN(Webhook found, store.find(place.slug, place.head.epoch, id));
    CHOREO_ASSIGN(replay_id, store.add_replay(id, wanted));
    return found;
  }));
  tell_dispatcher(app, place.slug);
  service::log_info("replay asked for", {{"instance", place.slug}, {"webhook", id}, {"trace_id", request.trace_id}});
  return json_response("{\"webhook\":" + json::quote(id) + ",\"replay\":" + std::to_string(replay_id) +
                       ",\"operations\":" + std::to_string(operations_of(wanted, webhook.dead)) + "}");
}

// Asks until there is an outcome, as the dispatcher is another process.
Result<control::Attempt> outcome_of_test(App& app, std::int64_t ping_id) {
  Clock& clock = system_clock();
  const std::int64_t asked_ms = clock.steady_ms();
  for (;;) {
    CHOREO_ASSIGN(const Store::PingState state,
                  app.webhooks.with([&](Store& store) { return store.ping_state(ping_id); }));
    if (state.attempt) return *state.attempt;
    const std::int64_t waited_ms = clock.steady_ms() - asked_ms;
    if (!state.taken && waited_ms > kTestTakenMs)
      return make_error(ErrorKind::unavailable, "dispatcher_away",
                        "the dispatcher does not answer, so nothing was sent; try again");
    if (waited_ms > kTestEndedMs)
      return make_error(ErrorKind::unavailable, "test_unfinished",
                        "the test did not end in time; GET …/attempts shows it once it has");
    sleep_ms(kTestPollMs);
  }
}

// Removes the test when the scope ends, however it ends.
class Asked {
 public:
  static Result<std::unique_ptr<Asked>> ask(App& app, const std::string& webhook_id) {
    CHOREO_ASSIGN(const std::int64_t id, app.webhooks.with([&](Store& store) { return store.add_ping(webhook_id); }));
    return std::unique_ptr<Asked>(new Asked(app, id));
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  ~Asked() {
    try {
      const Status removed = app_.webhooks.with([&](Store& store) { return store.remove_ping(id_); });
      if (!removed.ok()) service::log_error("a test of a webhook stays", removed.error());
    } catch (const std::exception&) {  // no memory; what stays is forgotten after a while
    }
  }
  std::int64_t id() const { return id_; }

 private:
  Asked(App& app, std::int64_t id) : app_(app), id_(id) {}
  App& app_;
  const std::int64_t id_;
};

Result<Response> test(App& app, const Request& request) {
  static std::atomic<std::int64_t> waiting{0};
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_TRY(request.optional_object());
  const std::string& id = request.segment(2);
  CHOREO_TRY(app.webhooks.with([&](Store& store) { return store.find(place.slug, place.head.epoch, id); }));
  const std::optional<Permit> permit = Permit::take(waiting, kMaxTests);
  if (!permit)
    return make_error(ErrorKind::unavailable, "too_many_tests",
                      "this server waits for " + std::to_string(kMaxTests) + " tests; try again");
  CHOREO_ASSIGN(const std::unique_ptr<Asked> asked, Asked::ask(app, id));
  tell_dispatcher(app, place.slug);
  CHOREO_ASSIGN(const control::Attempt attempt, outcome_of_test(app, asked->id()));
  return json_response("{\"webhook\":" + json::quote(id) + ",\"attempt\":" + control::to_json(attempt) + "}");
}

}  // namespace

void add_webhook_action_routes(Router& router, App& app) {
  router.add("PATCH", "/{}/webhooks/{}", [&app](Request& request) { return change(app, request); });
  router.add("POST", "/{}/webhooks/{}/enable", [&app](Request& request) { return enable(app, request); });
  router.add("POST", "/{}/webhooks/{}/rotate-secret", [&app](Request& request) { return rotate_secret(app, request); });
  router.add("POST", "/{}/webhooks/{}/replay", [&app](Request& request) { return replay(app, request); });
  router.add("POST", "/{}/webhooks/{}/test", [&app](Request& request) { return test(app, request); });
}

}  // namespace choreo::fcgi
