// One event loop on one thread: the connections accepted for it, the streams they become, the feeds those read.
//
// Invariants: a connection lives on one loop for its whole life, and its state is touched on that loop's thread only.
// Thread-safety: start, adopt, deliver, look_at_tokens, drain, post, connections from any
// thread; the rest on the loop's thread.
// Ownership: owns its connections and feeds, feeds own their sessions.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/permit.h"
#include "base/text_map.h"
#include "service/throttle.h"
#include "streamer/services.h"
#include "streamer/update.h"

namespace choreo::streamer {

class Connection;
class Feed;
class Session;

class Loop {
 public:
  Loop(Services& services, std::size_t index);
  ~Loop();

  void start();
  // Takes a connected, non-blocking descriptor.
  void adopt(int fd);
  // Hands an update to the feeds of its instance. Beyond kUndeliveredBytes it is dropped, and the feeds ask the log.
  void deliver(UpdatePtr update);
  // Ends all streams cleanly, spread over at most kDrainMs, then the thread. join() waits for that and gives up the
  // feeds.
  void drain();
  void join();
  // Something was revoked: ends the streams whose token that was.
  void look_at_tokens();
  std::int64_t connections() const { return connections_.load(std::memory_order_relaxed); }

  template <class Handler>
  void post(Handler handler) {
    boost::asio::post(io_, std::move(handler));
  }

  // On the loop's thread:
  Services& services() { return services_; }
  boost::asio::io_context& io() { return io_; }
  std::size_t index() const { return index_; }
  // Whether to log trouble that may hit thousands of streams at once.
  service::Throttle& trouble() { return trouble_; }
  // The feed of that log, made if there is none.
  std::shared_ptr<Feed> feed(const std::string& slug, const std::string& epoch);
  // Drops the feed once the current handler is done, if it is still unused then.
  void release(const std::shared_ptr<Feed>& feed);
  void forget(const std::shared_ptr<Connection>& connection);

 private:
  using Feeds = TextMap<std::vector<std::shared_ptr<Feed>>>;

  void apply(const Update& update);
  void arm_sweep();
  void sweep();
  void begin_drain();
  void drain_step(std::int64_t deadline_ms);
  std::vector<std::shared_ptr<Feed>> all_feeds() const;

  Services& services_;
  const std::size_t index_;
  std::atomic<std::int64_t> connections_{0};
  std::atomic<std::size_t> undelivered_bytes_{0};
  std::atomic<bool> lost_updates_{false};
  // Before everything that holds sockets or timers.
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer drain_timer_;
  // The loop thread's own.
  Feeds feeds_;  // by slug; more than one while an instance is being made anew
  std::unordered_set<std::shared_ptr<Connection>> pending_;  // no answer yet
  std::vector<std::shared_ptr<Session>> to_end_;
  bool draining_ = false;
  service::Throttle trouble_{services_.clock};

  std::thread thread_;
};

}  // namespace choreo::streamer
