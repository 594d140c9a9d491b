// The subscriber's thread: commands of other threads, messages of the broker, polls of the files.
#include "wire/subscriber.h"

#include <zmq.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/kept_readers.h"
#include "service/descriptors.h"
#include "service/logging.h"
#include "service/throttle.h"
#include "wire/known_heads.h"
#include "wire/names.h"
#include "wire/wake_fd.h"
#include "wire/zmq_socket.h"

namespace choreo::wire {
namespace {

constexpr int kMessagesATurn = 1000;  // received before commands and polls get their turn again
constexpr std::size_t kMaxReaders = 16;
constexpr std::int64_t kReaderShare = 16;  // of the descriptors
constexpr std::int64_t kNeverHeard = -1000000;

}  // namespace

struct Subscriber::Impl {
  Impl(log::Instances all, Handler receiver)
      : instances(std::move(all)),
        handler(std::move(receiver)),
        watcher(instances),
        logs(instances, service::databases_within(kReaderShare, kMaxReaders)) {}

  // What other threads asked for since the last turn, one entry a slug.
  struct Request {
    bool wanted = false;    // somebody is subscribed now
    bool announce = false;  // somebody new waits for a head
  };

  void run();
  void wait();
  void take_requests();
  void apply(const std::string& slug, const Request& request);
  void receive();
  void take(const Frames& frames);
  bool log_has(const Message& message);
  void look();
  void poll_files();
  void deliver(News news, const std::string& slug);
  void deliver(std::vector<Message> messages);
  std::int64_t next_poll_ms() const;
  int ms_to_wait() const;
  bool broker_alive() const { return clock.steady_ms() - last_heard_ms.load() < kSilenceMs; }

  // Constant after construction.
  const log::Instances instances;
  const Handler handler;
  Clock& clock = system_clock();
  ZmqContext context;
  WakeFd wake;

  std::mutex mutex;
  std::map<std::string, int> counts;        // guarded by mutex; of subscribes over unsubscribes, never 0
  std::map<std::string, Request> requests;  // guarded by mutex
  bool webhooks_requested = false;          // guarded by mutex
  bool stopping = false;                    // guarded by mutex
  std::atomic<std::int64_t> last_heard_ms{kNeverHeard};

  // The thread's own, once it runs.
  ZmqSocket socket{context, ZMQ_SUB};
  log::HeadWatcher watcher;
  log::KeptReaders logs;
  KnownHeads known;
  std::set<std::string> subscribed;
  std::set<std::string> to_look;
  std::int64_t next_look_ms = 0;
  std::int64_t last_poll_ms = 0;
  std::int64_t last_poll_cost_ms = 0;
  service::Throttle garbage{clock};
  service::Throttle false_claims{clock};
  bool stop = false;
  std::thread thread;
};

void Subscriber::Impl::run() {
  while (!stop) {
    wait();
    take_requests();
    receive();
    look();
    poll_files();
  }
}

std::int64_t Subscriber::Impl::next_poll_ms() const {
  const std::int64_t interval = broker_alive() ? kSafetyPollMs : kFallbackPollMs;
  // A poll that a stalled disk held up says nothing about the next one.
  return last_poll_ms + std::max(interval, std::min<std::int64_t>(kPollShare * last_poll_cost_ms, kMaxPollPauseMs));
}

int Subscriber::Impl::ms_to_wait() const {
  std::int64_t due = next_poll_ms();
  if (!to_look.empty()) due = std::min(due, next_look_ms);
  // The broker may fall silent before that.
  if (broker_alive()) due = std::min(due, last_heard_ms.load() + kSilenceMs);
  return static_cast<int>(std::clamp<std::int64_t>(due - clock.steady_ms(), 0, kSafetyPollMs));
}

void Subscriber::Impl::wait() {
  std::array<zmq_pollitem_t, 2> items{{{nullptr, wake.fd(), ZMQ_POLLIN, 0}, {socket.handle(), -1, ZMQ_POLLIN, 0}}};
  zmq_poll(items.data(), socket.ok() ? 2 : 1, ms_to_wait());
  wake.drain();
}

void Subscriber::Impl::take_requests() {
  std::map<std::string, Request> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(requests);
    stop = stopping;
    if (std::exchange(webhooks_requested, false)) socket.set(ZMQ_SUBSCRIBE, kWebhooksTopic);
  }
  for (const auto& [slug, request] : taken) apply(slug, request);
}

void Subscriber::Impl::apply(const std::string& slug, const Request& request) {
  if (!request.wanted) {
    known.forget(slug);
    watcher.forget(slug);
    logs.close(slug);
    to_look.erase(slug);
    if (subscribed.erase(slug) > 0) socket.set(ZMQ_UNSUBSCRIBE, instance_topic(slug));
    return;
  }
  if (subscribed.insert(slug).second) socket.set(ZMQ_SUBSCRIBE, instance_topic(slug));
  if (request.announce) deliver(known.announce(slug), slug);
}

void Subscriber::Impl::receive() {
  for (int i = 0; i < kMessagesATurn; ++i) {
    const auto frames = socket.receive();
    if (!frames.has_value()) return;
    take(*frames);
  }
}

void Subscriber::Impl::take(const Frames& frames) {
  Result<Message> message = decode(frames.second);
  if (frames.count != 2 || !message.ok() || frames.first != topic_of(*message)) {
    if (const auto times = garbage.count())
      service::log_warning("the broker's socket gave something that is no message", {{"times", *times}});
    return;
  }
  last_heard_ms = clock.steady_ms();
  if (message->kind == MessageKind::heartbeat) return;
  if (message->kind == MessageKind::webhooks_changed) return handler(std::move(*message));
  const std::string slug = message->slug;
  if (!subscribed.contains(slug)) return;
  if (message->kind == MessageKind::gone || log_has(*message)) return deliver(known.heard(std::move(*message)), slug);
  deliver({{}, true}, slug);
}

// A stream that was told of what is not in the log would miss what takes its place.
bool Subscriber::Impl::log_has(const Message& message) {
  if (known.covers(message)) return true;
  const auto head = logs.head(message.slug);
  if (!head.ok() || head->epoch != message.epoch) return false;
  if (message.last_id <= head->last_id) return true;
  if (const auto times = false_claims.count())
    service::log_warning("operations were announced that the log does not have",
                         {{"instance", message.slug}, {"last_id", message.last_id}, {"times", *times}});
  return false;
}

void Subscriber::Impl::deliver(News news, const std::string& slug) {
  if (news.look) {
    to_look.insert(slug);
    next_look_ms = clock.steady_ms();
  }
  deliver(std::move(news.messages));
}

void Subscriber::Impl::deliver(std::vector<Message> messages) {
  for (Message& message : messages) handler(std::move(message));
}

void Subscriber::Impl::look() {
  if (to_look.empty() || clock.steady_ms() < next_look_ms) return;
  for (const std::string& slug : std::exchange(to_look, {})) {
    const auto observed = observe_now(watcher, instances, slug);
    if (observed.has_value())
      deliver(known.observed(*observed));
    else
      to_look.insert(slug);
  }
  next_look_ms = clock.steady_ms() + kLookAgainMs;
}

void Subscriber::Impl::poll_files() {
  const std::int64_t started = clock.steady_ms();
  if (started < next_poll_ms()) return;
  std::vector<std::string> slugs;
  for (const std::string& slug : subscribed)
    if (!to_look.contains(slug)) slugs.push_back(slug);
  for (const Observed& observed : latest(watcher.poll(slugs))) deliver(known.observed(observed));
  last_poll_ms = clock.steady_ms();
  last_poll_cost_ms = last_poll_ms - started;
}

Subscriber::Subscriber(log::Instances instances, const std::string& run_dir, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(instances), std::move(handler))) {
  Impl& impl = *impl_;
  const Status connected = impl.socket.connect(relay_endpoint(run_dir));
  if (!connected.ok()) service::log_error("logs are polled, the broker is not heard", connected.error());
  impl.socket.set(ZMQ_LINGER, 0);  // subscriptions that never reached a broker are nobody's loss
  impl.socket.set(ZMQ_SUBSCRIBE, kHeartbeatTopic);
  impl.thread = std::thread([&impl] { impl.run(); });
}

Subscriber::~Subscriber() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.wake();
  impl_->thread.join();
}

void Subscriber::subscribe(const std::string& slug) {
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->counts[slug];
    impl_->requests[slug] = {true, true};
  }
  impl_->wake.wake();
}

void Subscriber::unsubscribe(const std::string& slug) {
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->counts.find(slug);
    if (found == impl_->counts.end() || --found->second > 0) return;
    impl_->counts.erase(found);
    impl_->requests[slug] = {false, false};
  }
  impl_->wake.wake();
}

void Subscriber::subscribe_webhooks() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->webhooks_requested = true;
  }
  impl_->wake.wake();
}

bool Subscriber::broker_alive() const {
  return impl_->broker_alive();
}

}  // namespace choreo::wire
