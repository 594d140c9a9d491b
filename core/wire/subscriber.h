// What the streamer and the dispatcher know about logs: hints from the broker, or from the files when it is away.
//
// One thread of its own receives, and calls the handler. While the broker is silent (no heartbeat for kSilence) it
// polls the subscribed logs itself (log::HeadWatcher) every kFallbackPoll, and goes back as soon as it hears the
// broker; while it hears the broker it polls every kSafetyPoll all the same, for what neither of them noticed.
// Guarantee: for every subscribed instance that grows, a message whose last_id covers the growth is delivered within
// about one second, whatever was lost. A `head` message follows each subscribe() of an instance that exists; a `gone`
// one if it does not exist or is deleted. Thread-safety: subscribe/unsubscribe from any thread; the handler runs on the
// subscriber's thread, with no lock held, and must not block. It may be called until the destructor returns.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "log/instances.h"
#include "wire/message.h"

namespace choreo::wire {

inline constexpr int kHeartbeatMs = 250;      // broker: between heartbeats
inline constexpr int kSilenceMs = 750;        // subscriber: three heartbeats missed
inline constexpr int kFallbackPollMs = 50;    // subscriber: between polls while the broker is silent
inline constexpr int kSafetyPollMs = 800;     // subscriber: between polls while it is heard
inline constexpr int kLookAgainMs = 100;      // subscriber: before another try to read a log that could not be read
inline constexpr int kPollShare = 4;          // a poll that took t is followed by kPollShare * t without one, at least,
inline constexpr int kMaxPollPauseMs = 1000;  // but never more than this

class Subscriber {
 public:
  using Handler = std::function<void(Message)>;

  Subscriber(log::Instances instances, const std::string& run_dir, Handler handler);
  ~Subscriber();  // stops and joins the thread

  // Counted: as many unsubscribes as subscribes end it.
  void subscribe(const std::string& slug);
  void unsubscribe(const std::string& slug);
  // Also deliver webhooks_changed of all instances. Call before the first message is expected.
  void subscribe_webhooks();
  // Whether the broker has been heard within kSilenceMs.
  bool broker_alive() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::wire
