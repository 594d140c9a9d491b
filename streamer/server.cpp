#include "streamer/server.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

#include "access/credentials.h"
#include "log/clean_stop.h"
#include "service/descriptors.h"
#include "service/logging.h"
#include "service/unix_listener.h"
#include "streamer/history.h"
#include "streamer/hub.h"
#include "streamer/limits.h"
#include "streamer/listen_address.h"
#include "streamer/listener.h"
#include "streamer/loop.h"
#include "streamer/services.h"
#include "wire/subscriber.h"

namespace choreo::streamer {
namespace {

// Streams that can be carried so that refusals and databases still have descriptors.
std::int64_t streams_allowed(const StreamerOptions& options) {
  const std::int64_t descriptors = service::raise_descriptor_limit();
  const std::int64_t possible =
      std::max<std::int64_t>(1, descriptors - kSpareDescriptors - std::min(kSpareConnections, descriptors / 10));
  if (possible < options.max_streams)
    service::log_warning("the descriptor limit allows fewer streams than CHOREO_STREAM_MAX",
                         {{"streams", possible}, {"descriptors", descriptors}});
  return std::min(possible, options.max_streams);
}

class Server {
 public:
  Server(const StreamerOptions& options, const log::Instances& instances, access::Gate* gate)
      : history_(instances, system_clock(), kHistoryThreads),
        hub_(static_cast<std::size_t>(options.loop_count()),
             [this](std::size_t loop, UpdatePtr update) { loops_[loop]->deliver(std::move(update)); }),
        services_{options,
                  system_clock(),
                  system_random(),
                  history_,
                  hub_,
                  gate,
                  system_clock().steady_ms(),
                  streams_allowed(options),
                  streams_,
                  events_} {
    for (int i = 0; i < options.loop_count(); ++i)
      loops_.push_back(std::make_unique<Loop>(services_, static_cast<std::size_t>(i)));
    subscriber_ = std::make_unique<wire::Subscriber>(
        instances, options.run_dir, [this](wire::Message message) { hub_.publish(std::move(message)); });
    hub_.connect(subscriber_.get());
  }

  void start(int listening_fd) {
    for (const auto& loop : loops_) loop->start();
    listener_ =
        std::make_unique<Listener>(listening_fd, loops_, services_.options, services_.max_streams + kSpareConnections);
    listener_->start();
    if (services_.gate != nullptr)
      services_.gate->start([this] {
        for (const auto& loop : loops_) loop->look_at_tokens();
      });
  }

  // Tells that all loops answer, until a stop is asked for.
  void watch(service::Context& context) {
    auto answers = std::make_shared<std::atomic<std::size_t>>(loops_.size());
    do {
      if (answers->load() < loops_.size()) continue;  // one hangs
      context.keep_alive({{"choreo_streams", streams_.load()}, {"choreo_stream_events_total", events_.load()}});
      answers = std::make_shared<std::atomic<std::size_t>>(0);
      for (const auto& loop : loops_) loop->post([answers] { answers->fetch_add(1); });
    } while (!context.wait_for_stop(context.keep_alive_interval_ms()));
  }

  // Loops first, while what they use still works; then whoever posts to them.
  void stop() {
    if (services_.gate != nullptr) services_.gate->stop();
    listener_->close();
    for (const auto& loop : loops_) loop->drain();
    for (const auto& loop : loops_) loop->join();
    hub_.disconnect();
    subscriber_.reset();
    history_.stop();
    listener_.reset();
  }

 private:
  std::atomic<std::int64_t> streams_{0};
  std::atomic<std::int64_t> events_{0};
  History history_;
  Hub hub_;
  Services services_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<wire::Subscriber> subscriber_;
  std::unique_ptr<Listener> listener_;
};

// One that systemd holds serves clients that come back while this process is replaced; an address that was set is
// meant.
Result<int> listening_socket(const StreamerOptions& options, const ListenAddress& address) {
  const int passed = options.listen.empty() ? service::passed_listener() : -1;
  return passed >= 0 ? service::adopt_listener(passed, "passed by systemd") : listen_on(address);
}

// Null where CHOREO_AUTH=none.
Result<std::unique_ptr<access::Gate>> open_gate(const StreamerOptions& options, const log::Instances& instances,
                                                int listening_fd) {
  if (options.access.needs_token())
    return access::Gate::open(instances.control_dir(), options.access.keys_dir, system_clock());
  CHOREO_TRY(access::check_local(listening_fd));
  return std::unique_ptr<access::Gate>();
}

Status serve(const StreamerOptions& options, const log::Instances& instances, service::Context& context) {
  CHOREO_ASSIGN(const ListenAddress address, parse_listen_address(options.listen_address()));
  CHOREO_ASSIGN(const int listening_fd, listening_socket(options, address));
  CHOREO_ASSIGN(const std::unique_ptr<access::Gate> gate, open_gate(options, instances, listening_fd));
  Server server(options, instances, gate.get());
  server.start(listening_fd);
  service::log_info("listening",
                    {{"address", describe_listener(listening_fd, address)}, {"loops", options.loop_count()}});
  context.ready();
  server.watch(context);
  context.stopping();
  server.stop();
  return {};
}

}  // namespace

Status run_streamer(const StreamerOptions& options, service::Context& context) {
  CHOREO_ASSIGN(const log::Instances instances, log::Instances::open(options.dir));
  CHOREO_TRY(serve(options, instances, context));
  if (const std::int64_t left = log::empty_logs(instances); left > 0)
    service::log_info("write-ahead logs stay beside their databases", {{"logs", left}});
  return {};
}

}  // namespace choreo::streamer
