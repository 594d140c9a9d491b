// choreo-dispatcher: delivers every operation to the webhooks that want it.
//
// In: registrations (control.db), logs (<slug>.db), hints that a log has grown (ZeroMQ, or polls). Out: HTTP POST to
// the webhooks' urls; delivery state (control.db). Strategy: a webhook is a durable cursor over its log plus its
// retries; one loop thread owns all state (loop.h). Security: urls come from clients, so every address dialled is
// checked (address_policy.h); secrets stay in control.db. One process for a data directory.
#include <malloc.h>

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "control/file.h"
#include "control/webhooks.h"
#include "dispatcher/inbox.h"
#include "dispatcher/log_source.h"
#include "dispatcher/loop.h"
#include "dispatcher/options.h"
#include "dispatcher/registry.h"
#include "dispatcher/single_process.h"
#include "dispatcher/transport.h"
#include "log/clean_stop.h"
#include "log/instances.h"
#include "service/daemon.h"
#include "service/descriptors.h"
#include "wire/subscriber.h"

using namespace choreo;

namespace {

// The earlier system's registrations, once. A file that is wrong is no reason to deliver nothing.
void import_legacy(control::Store& store, const std::string& dir, dispatcher::LogSource& source) {
  const auto find = [&](const std::string& slug) -> std::optional<control::InstanceHead> {
    const Result<log::Head> head = source.head(slug);
    if (head.ok()) return control::InstanceHead{head->epoch, head->last_id};
    service::log_warning("webhooks.json: entries left out", {{"instance", slug}, {"reason", head.error().message}});
    return std::nullopt;
  };
  const Status status = control::import_legacy(store, dir, find);
  if (!status.ok()) service::log_error("webhooks.json", status.error());
}

// By default free memory at the heap's end goes back to the system from 128 KiB on, and is fetched again at once.
void keep_some_free_memory() {
  constexpr int kKeptBytes = 8 << 20;
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

Status serve(const dispatcher::DispatcherOptions& options, const log::Instances& instances, service::Context& context) {
  keep_some_free_memory();
  service::raise_descriptor_limit();
  Clock& clock = system_clock();
  Random& random = system_random();
  CHOREO_ASSIGN(const dispatcher::DeliveryPolicy policy, options.delivery_policy());
  CHOREO_ASSIGN(dispatcher::AddressPolicy addresses, dispatcher::AddressPolicy::parse(options.webhook_allow));
  CHOREO_ASSIGN(const dispatcher::SingleProcess single, dispatcher::SingleProcess::acquire(instances.control_dir()));
  CHOREO_ASSIGN(control::Store store, control::Store::open(instances.control_dir(), clock, random));
  CHOREO_TRY(store.forget_taken_pings());
  store.bound_history(options.webhook_history, options.webhook_history_days * dispatcher::kDayMs);
  CHOREO_ASSIGN(const std::unique_ptr<dispatcher::Transport> transport,
                dispatcher::Transport::make(options.transport(), std::move(addresses), clock));
  dispatcher::LogSource source(instances);
  import_legacy(store, instances.dir(), source);

  dispatcher::Inbox inbox([&] { transport->wake(); });
  wire::Subscriber subscriber(instances, options.run_dir, [&](const wire::Message& message) { inbox.put(message); });
  subscriber.subscribe_webhooks();
  dispatcher::Registry registry(store, source, subscriber, policy, clock, random);
  dispatcher::Loop loop(store, source, registry, *transport, inbox, clock, context);
  context.ready();
  loop.run();
  return {};
}

Status run(const dispatcher::DispatcherOptions& options, service::Context& context) {
  CHOREO_ASSIGN(const log::Instances instances, log::Instances::open(options.dir));
  CHOREO_TRY(serve(options, instances, context));
  if (const std::int64_t left = log::empty_logs(instances); left > 0)
    service::log_info("write-ahead logs stay beside their databases", {{"logs", left}});
  if (const Status emptied = control::empty_log(instances.control_dir()); !emptied.ok())
    service::log_error("the write-ahead log of control.db stays", emptied.error());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  dispatcher::DispatcherOptions options;
  return service::run_daemon({"choreo-dispatcher", "delivers every operation to the webhooks that want it"}, argc, argv,
                             options, [&](service::Context& context) { return run(options, context); });
}
