// What the handlers of a worker share. Stateless towards clients: everything here can be thrown away at any moment.
//
// Thread-safety: all members may be used from any thread; `webhooks` under its own mutex (WebhookStore).
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "access/second_factor.h"
#include "append/appender.h"
#include "control/webhooks.h"
#include "fcgi/options.h"
#include "fcgi/router.h"
#include "log/reader_pool.h"
#include "service/metrics.h"
#include "service/throttle.h"
#include "wire/publisher.h"

namespace choreo::fcgi {

// The control database, opened when it is first needed and again after a failure.
class WebhookStore {
 public:
  WebhookStore(std::string control_dir, Clock& clock, Random& random)
      : control_dir_(std::move(control_dir)), clock_(clock), random_(random) {}
  // Calls use(store) under the mutex.
  template <class Use>
  auto with(Use use) -> decltype(use(std::declval<control::Store&>())) {
    const std::lock_guard lock(mutex_);
    if (!store_) {
      auto opened = control::Store::open(control_dir_, clock_, random_);
      if (!opened.ok()) return std::move(opened).error();
      store_.emplace(std::move(*opened));
    }
    auto result = use(*store_);
    if (!result.ok() && result.error().kind == ErrorKind::unavailable) store_.reset();
    return result;
  }

 private:
  std::string control_dir_;
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::optional<control::Store> store_;  // guarded by mutex_
};

// Says in the log that a write-ahead log grows. Thread-safety: any thread.
class WalWatch {
 public:
  explicit WalWatch(Clock& clock) : lines_(clock, kLineMs) {}
  void look(const append::Committed& committed);

 private:
  static constexpr std::int64_t kLineMs = 10000;
  std::mutex mutex_;
  service::Throttle lines_;  // guarded by mutex_
};

struct App {
  App(const Options& settings, log::Instances where, access::Gate* gate);

  Options options;
  log::Instances instances;
  std::int64_t started_ms;  // steady clock
  std::atomic<std::int64_t> commits{0};
  std::atomic<std::int64_t> operations{0};
  wire::Publisher publisher;
  WalWatch wal_watch{system_clock()};
  append::Appender appender;
  log::ReaderPool readers;
  WebhookStore webhooks;
  WebhookStore watched_control;  // the same database, for GET /health: it waits behind no use of the other
  access::SecondFactor second_factor;
  access::Gate* const gate;  // null: no tokens are asked for; outlives the app

  // For GET /metrics.
  service::Values counted() const;

  void add_routes(Router& router);
};

// The slug at that place of the path, if it can be one. Error not_found/unknown_instance.
Result<std::string> slug_of(const Request& request, std::size_t segment);

// One file each.
void add_biography_routes(Router& router, App& app);
void add_health_routes(Router& router, App& app);
void add_histogram_routes(Router& router, App& app);
void add_index_routes(Router& router, App& app);
void add_instance_routes(Router& router, App& app);
void add_metrics_routes(Router& router, App& app);
void add_operation_routes(Router& router, App& app);
void add_query_routes(Router& router, App& app);
void add_seed_routes(Router& router, App& app);
void add_state_routes(Router& router, App& app);
void add_webhook_routes(Router& router, App& app);
void add_webhook_history_routes(Router& router, App& app);
void add_webhook_action_routes(Router& router, App& app);

}  // namespace choreo::fcgi
