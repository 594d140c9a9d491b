#include "fcgi/app.h"

#include "base/ids.h"
#include "base/text.h"
#include "fcgi/access.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

append::Options append_options(const Options& settings) {
  append::Options options;
  options.max_open_instances = static_cast<std::size_t>(settings.max_open_instances);
  options.max_record_bytes = wire::kMaxRecordBytes;
  options.max_wal_bytes = settings.max_wal_bytes;
  options.lock_timeout_ms = static_cast<int>(settings.lock_timeout_secs * 1000);
  options.max_waiting = static_cast<std::size_t>(settings.max_waiting_appends);
  options.max_waiting_bytes = static_cast<std::size_t>(settings.max_waiting_bytes);
  options.generated = {settings.max_generated, settings.max_generated_bytes, settings.max_body_bytes};
  options.snapshot_interval = settings.snapshot_interval;
  return options;
}

wire::Message message_of(const append::Committed& committed) {
  wire::Message message;
  message.kind = wire::MessageKind::committed;
  message.slug = committed.slug;
  message.epoch = committed.epoch;
  message.first_id = committed.first_id;
  message.last_id = committed.last_id;
  message.records = committed.records;
  return message;
}

// journal_size_limit: a file below it is not shrunk, so that less says nothing.
constexpr std::int64_t kLargeWalBytes = std::int64_t{64} << 20;

}  // namespace

void WalWatch::look(const append::Committed& committed) {
  if (committed.wal_bytes < kLargeWalBytes) return;
  const std::lock_guard lock(mutex_);
  if (!lines_.count()) return;
  service::log_warning("the write-ahead log grows: somebody has been reading from an old snapshot for long",
                       {{"instance", committed.slug}, {"bytes", committed.wal_bytes}});
}

App::App(const Options& settings, log::Instances where, access::Gate* the_gate)
    : options(settings),
      instances(std::move(where)),
      started_ms(system_clock().steady_ms()),
      publisher(settings.run_dir),
      appender(instances, system_clock(), system_random(), append_options(settings),
               [this](const append::Committed& committed) {
                 publisher.publish(message_of(committed));
                 wal_watch.look(committed);
                 commits.fetch_add(1, std::memory_order_relaxed);
                 operations.fetch_add(committed.last_id - committed.first_id + 1, std::memory_order_relaxed);
               }),
      readers(instances, static_cast<std::size_t>(settings.max_idle_readers)),
      webhooks(instances.control_dir(), system_clock(), system_random()),
      watched_control(instances.control_dir(), system_clock(), system_random()),
      second_factor(instances.control_dir(), settings.access.keys_dir, system_clock()),
      gate(the_gate) {}

service::Values App::counted() const {
  return {{"choreo_commits_total", commits.load()}, {"choreo_operations_total", operations.load()}};
}

void App::add_routes(Router& router) {
  add_access(router, gate, second_factor);
  add_index_routes(router, *this);
  add_health_routes(router, *this);
  add_histogram_routes(router, *this);
  add_metrics_routes(router, *this);
  add_seed_routes(router, *this);  // before instances: /demo/seed is no instance's route
  add_instance_routes(router, *this);
  add_operation_routes(router, *this);
  add_state_routes(router, *this);
  add_biography_routes(router, *this);
  add_query_routes(router, *this);
  add_webhook_routes(router, *this);
}

Result<std::string> slug_of(const Request& request, std::size_t segment) {
  const std::string& slug = request.segment(segment);
  if (!check_slug(slug).ok()) return log::unknown_instance(shortened(slug));
  return slug;
}

}  // namespace choreo::fcgi
