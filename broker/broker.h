// The broker: from workers' hints in any order to each instance's hints in order.
//
// Inputs: the intake (PULL), where workers push what they committed; the relay's subscriptions; the logs.
// Outputs: the relay (XPUB): ordered committed ranges, gone, webhooks_changed; a heartbeat every kHeartbeatMs with the
// head of each instance that has subscribers, and a head (or gone) for each new subscription. Strategy: one thread.
// Each turn takes the subscriptions and everything queued at the intake, settles the sequencer, then does what is due:
// heartbeat, a poll of the subscribed instances' files for tails whose message was lost. Security: both sockets are
// files of the run directory; whoever may open them is trusted not to exhaust memory, and nothing that is read from
// them is trusted otherwise. What cannot be decoded is counted and dropped. Thread-safety: none; open() and run() on
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "broker/log_source.h"
#include "broker/run_lock.h"
#include "broker/sequencer.h"
#include "log/instances.h"
#include "service/daemon.h"
#include "service/throttle.h"
#include "wire/head_changes.h"
#include "wire/zmq_socket.h"

namespace choreo::broker {

inline constexpr int kWatchMs = 500;                  // between polls of the subscribed instances' files
inline constexpr int kWatchShare = 4;                 // a poll that took t is followed by kWatchShare * t without one
inline constexpr int kMessagesATurn = 2000;           // taken from the intake before the sequencer settles
inline constexpr int kMaxSubscriptionBytes = 256;     // libzmq takes some 80 bytes of memory for each of a topic's
inline constexpr std::size_t kMaxSubscribed = 65536;  // instances; beyond it a subscriber polls the file itself

class Broker {
 public:
  // Takes the run directory's lock, replaces sockets left behind, and listens. Errors: of RunLock, unavailable/socket.
  static Result<std::unique_ptr<Broker>> open(log::Instances instances, const std::string& run_dir);

  // Until a stop is asked for; what was queued by then is still relayed.
  Status run(service::Context& context);

 private:
  Broker(log::Instances instances, RunLock lock);
  Status listen(const std::string& run_dir);
  void wait(const service::Context& context);
  void take_subscriptions();
  void subscribed(const std::string& slug);
  void take_intake();
  void take(const wire::Frames& frames);
  void heartbeat();
  void watch();
  void relay(const wire::Message& message);
  void relay_head(const std::string& slug, const log::Head& head);

  const log::Instances instances_;
  const RunLock lock_;
  Clock& clock_;
  wire::ZmqContext context_;
  wire::ZmqSocket intake_;
  wire::ZmqSocket relay_;
  Logs logs_;
  Sequencer sequencer_;
  log::HeadWatcher watcher_;
  std::set<std::string> subscribed_;
  std::int64_t relayed_ = 0;
  std::int64_t next_heartbeat_ms_ = 0;
  std::int64_t next_watch_ms_ = 0;
  service::Throttle garbage_;
  service::Throttle overflow_;
};

}  // namespace choreo::broker
