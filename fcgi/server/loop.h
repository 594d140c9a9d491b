// The server's loop (server.h says what it does).
// Thread-safety: run() and what it calls belong to one thread; serve_on_thread() and send_on_thread() run on others and
// touch only their connection, the mailbox and what is atomic.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/thread_pool.h"
#include "fcgi/server/connection.h"
#include "fcgi/server/limits.h"
#include "fcgi/server/request_counts.h"
#include "fcgi/server/server.h"
#include "service/throttle.h"

namespace choreo::fcgi::server {

class Loop {
 public:
  Loop(int socket, const ServerOptions& options, Handler& handler, const std::function<service::Values()>& counted,
       service::Context& context);

  Status start();
  void run();

 private:
  using ConnectionPtr = std::shared_ptr<Connection>;

  // loop.cpp: the loop itself, connections that come and go, the stop
  void turn();
  int timeout_ms() const;
  bool watch(int fd, std::uint32_t events, void* data) const;
  void keep_alive();
  void set_accepting(bool accepting);
  void accept_one();
  void pause_accepting();
  void drop(const ConnectionPtr& connection);
  void drop_overdue();
  void begin_stop();
  void drain();
  void end_drain();

  // requests.cpp: from the first byte to the last of the answer
  void handle(const ConnectionPtr& connection, std::uint32_t events);
  void receive(const ConnectionPtr& connection, std::uint32_t events);
  void begin(const ConnectionPtr& connection, bool whole);
  void start_request(const ConnectionPtr& connection);
  void serve_on_thread(const ConnectionPtr& connection);
  void set_answer(const ConnectionPtr& connection, Answer answer);
  void answer(const ConnectionPtr& connection, Answer answer);
  void send(const ConnectionPtr& connection);
  void send_on_thread(const ConnectionPtr& connection);
  void released(const ConnectionPtr& connection);
  void park(const ConnectionPtr& connection);
  void unpark(const ConnectionPtr& connection);
  void note_parked();
  void set_discarding(const ConnectionPtr& connection);
  void deliver();

  const int socket_;
  const ServerOptions options_;
  Handler& handler_;
  service::Context& context_;
  const std::function<service::Values()>& counted_;
  Descriptor epoll_{-1};
  Mailbox mailbox_;
  std::unordered_map<const Connection*, ConnectionPtr> connections_;
  std::vector<ConnectionPtr> parked_;  // the one that waits longest first
  std::atomic<bool> many_parked_{false};
  bool parked_some_ = false;                                            // since the last look for what is overdue
  std::vector<std::pair<ConnectionPtr, std::uint32_t>> to_be_handled_;  // with the events that came while it was busy
  std::array<char, kLookBytes> buffer_;

  bool accepting_ = false;
  bool others_had_time_ = false;  // other workers could have taken what is over our limit
  std::int64_t accept_again_ms_ = 0;
  std::int64_t next_keep_alive_ms_ = 0;
  std::int64_t next_overdue_ms_ = 0;
  std::atomic<bool> stopping_{false};
  std::int64_t stop_ms_ = 0;

  RequestCounts counts_;
  service::Throttle lines_{system_clock()};

  // Last: their threads end before what they use goes.
  ThreadPool pool_;
  ThreadPool body_readers_;
  ThreadPool aside_{1};
};

}  // namespace choreo::fcgi::server
