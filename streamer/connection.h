// A connection until it has its answer: reads the head of one request, answers it, or makes a stream of it.
//
// Invariants: at most kMaxHeadBytes are buffered, for at most kHeadDeadlineMs; the buffer is gone before a stream
// starts. Thread-safety: none; its loop's thread only. Ownership: its loop owns it until it is answered or closed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "access/gate.h"
#include "base/permit.h"
#include "log/reader.h"
#include "streamer/http_request.h"
#include "streamer/socket.h"
#include "streamer/stream_request.h"

namespace choreo::streamer {

class Loop;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Socket socket);
  void start();
  // Enforces the deadlines.
  void sweep(std::int64_t now_ms);
  void close();

 private:
  void wait_readable();
  void on_readable();
  void on_head();
  void route(http::Target& target);
  Status let_in(const http::Target& target, const std::string& slug);
  void open_stream(StreamRequest request);
  void on_log(const StreamRequest& request, const Result<log::Head>& log);
  void begin_stream(const StreamRequest& request, const log::Head& log, Permit permit);
  void refuse(const Error& error);
  void answer(std::string text);
  void flush();
  std::string health() const;

  Loop& loop_;
  Socket socket_;
  std::string buffer_;  // of the request, then of the answer
  RequestHead head_;
  access::GrantPtr grant_;
  std::int64_t deadline_ms_;
  bool reading_ = true;
  bool done_ = false;  // closed, or the socket has another owner
};

}  // namespace choreo::streamer
