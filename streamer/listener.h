// Accepts connections and deals them out to the loops, to the one with the fewest.
//
// Invariants: at most max_connections are open; while they are, or while accept() has no descriptors left, it pauses,
// so that it never spins. Thread-safety: close() from any thread; the rest on its loop's thread. Ownership: owns the
// listening socket.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "streamer/loop.h"

namespace choreo::streamer {

class Listener {
 public:
  // fd: listening, non-blocking. Runs on the first loop.
  Listener(int fd, std::vector<std::unique_ptr<Loop>>& loops, const StreamerOptions& options,
           std::int64_t max_connections);
  void start();
  void close();

 private:
  void wait();
  void accept_waiting();
  void pause();
  // 0, or why there is none: EAGAIN where none is waiting.
  int accept_one();
  void prepare(int fd) const;

  std::vector<std::unique_ptr<Loop>>& loops_;
  const int user_timeout_ms_;
  const std::int64_t max_connections_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_timer_;
};

}  // namespace choreo::streamer
