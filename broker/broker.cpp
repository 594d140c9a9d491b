#include "broker/broker.h"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "service/logging.h"
#include "wire/names.h"
#include "wire/subscriber.h"

namespace choreo::broker {

using wire::Message;
using wire::MessageKind;

Broker::Broker(log::Instances instances, RunLock lock)
    : instances_(std::move(instances)),
      lock_(std::move(lock)),
      clock_(system_clock()),
      intake_(context_, ZMQ_PULL),
      relay_(context_, ZMQ_XPUB),
      logs_(instances_),
      sequencer_(logs_, [this](const Message& message) { relay(message); }),
      watcher_(instances_),
      garbage_(clock_),
      overflow_(clock_) {}

Result<std::unique_ptr<Broker>> Broker::open(log::Instances instances, const std::string& run_dir) {
  CHOREO_ASSIGN(RunLock lock, RunLock::acquire(run_dir));
  std::unique_ptr<Broker> broker(new Broker(std::move(instances), std::move(lock)));
  CHOREO_TRY(broker->listen(run_dir));
  return broker;
}

Status Broker::listen(const std::string& run_dir) {
  // Every new subscription is told, not only an instance's first: each gets its head.
  relay_.set(ZMQ_XPUB_VERBOSE, 1);
  relay_.limit_received(kMaxSubscriptionBytes);
  CHOREO_TRY(relay_.bind(wire::relay_endpoint(run_dir)));
  return intake_.bind(wire::intake_endpoint(run_dir));
}

Status Broker::run(service::Context& context) {
  const std::int64_t keep_alive_ms = context.keep_alive_interval_ms();
  std::int64_t next_keep_alive_ms = clock_.steady_ms();
  bool stop = false;
  while (!stop) {
    if (clock_.steady_ms() >= next_keep_alive_ms) {
      context.keep_alive({{"choreo_relayed_messages_total", relayed_},
                          {"choreo_watched_instances", static_cast<std::int64_t>(subscribed_.size())}});
      next_keep_alive_ms = clock_.steady_ms() + keep_alive_ms;
    }
    wait(context);
    stop = context.stop_requested();
    take_subscriptions();
    take_intake();
    sequencer_.settle();
    watch();
    heartbeat();
  }
  return {};
}

void Broker::wait(const service::Context& context) {
  std::array<zmq_pollitem_t, 3> items{{{intake_.handle(), -1, ZMQ_POLLIN, 0},
                                       {relay_.handle(), -1, ZMQ_POLLIN, 0},
                                       {nullptr, context.stop_fd(), ZMQ_POLLIN, 0}}};
  const std::int64_t due = std::min(next_heartbeat_ms_, next_watch_ms_) - clock_.steady_ms();
  zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(std::max<std::int64_t>(due, 0)));
}

void Broker::take_subscriptions() {
  for (int i = 0; i < kMessagesATurn; ++i) {
    const auto frames = relay_.receive();
    if (!frames.has_value()) return;
    // One byte, 1 or 0, then the topic.
    const std::string& event = frames->first;
    const auto slug = event.empty() ? std::nullopt : wire::slug_of_topic(std::string_view(event).substr(1));
    if (!slug.has_value()) continue;
    if (event[0] == 1)
      subscribed(*slug);
    else
      subscribed_.erase(*slug), watcher_.forget(*slug);
  }
}

void Broker::subscribed(const std::string& slug) {
  if (subscribed_.size() < kMaxSubscribed)
    subscribed_.insert(slug);
  else if (const auto times = overflow_.count())
    service::log_warning("more instances have subscribers than are watched",
                         {{"limit", kMaxSubscribed}, {"times", *times}});
  if (!sequencer_.head(slug).has_value()) {
    const auto observed = wire::observe_now(watcher_, instances_, slug);
    if (!observed.has_value()) return;
    if (!observed->head.has_value()) return relay({MessageKind::gone, slug, "", 0, 0, {}});
    sequencer_.observe(slug, observed->head, clock_.steady_ms());
  }
  relay_head(slug, *sequencer_.head(slug));
}

void Broker::take_intake() {
  for (int i = 0; i < kMessagesATurn; ++i) {
    const auto frames = intake_.receive();
    if (!frames.has_value()) return;
    take(*frames);
  }
}

void Broker::take(const wire::Frames& frames) {
  Result<Message> message = wire::decode(frames.first);
  if (frames.count == 1 && message.ok()) {
    if (message->kind == MessageKind::committed || message->kind == MessageKind::gone)
      return sequencer_.take(std::move(*message));
    if (message->kind == MessageKind::webhooks_changed) return relay(*message);
  }
  if (const auto times = garbage_.count())
    service::log_warning("the intake gave something that is no worker's message", {{"times", *times}});
}

void Broker::relay(const Message& message) {
  ++relayed_;
  relay_.send(wire::topic_of(message), wire::encode(message));
}

void Broker::relay_head(const std::string& slug, const log::Head& head) {
  relay({MessageKind::head, slug, head.epoch, 0, head.last_id, {}});
}

void Broker::heartbeat() {
  if (clock_.steady_ms() < next_heartbeat_ms_) return;
  relay({MessageKind::heartbeat, "", "", 0, 0, {}});
  for (const std::string& slug : subscribed_)
    if (const auto head = sequencer_.head(slug)) relay_head(slug, *head);
  next_heartbeat_ms_ = clock_.steady_ms() + wire::kHeartbeatMs;
}

void Broker::watch() {
  const std::int64_t started = clock_.steady_ms();
  sequencer_.recover_tails(started);
  if (started < next_watch_ms_) return;
  const std::vector<std::string> slugs(subscribed_.begin(), subscribed_.end());
  for (const wire::Observed& observed : wire::latest(watcher_.poll(slugs)))
    sequencer_.observe(observed.slug, observed.head, started);
  const std::int64_t now = clock_.steady_ms();
  next_watch_ms_ = now + std::max<std::int64_t>(kWatchMs, kWatchShare * (now - started));
}

}  // namespace choreo::broker
