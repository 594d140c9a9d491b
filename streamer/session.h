// One stream: a cursor over a log, and a socket.
//
// Invariants: cursor_ is the last operation taken, sent or filtered out; the next one comes from the feed's ring if it
// is there, else from a page of the log, so that every operation is sent once, in order, without gap, whatever arrives
// late, twice or never. At most one page, and one event that is partly sent (kCopyBytes of them where they are copied
// for this stream), are held; while the socket takes nothing, only the latter. An idle session holds no buffer.
// Thread-safety: none; its loop's thread only. Ownership: its feed owns it until it is closed, waiting handlers longer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "access/gate.h"
#include "base/permit.h"
#include "streamer/feed.h"
#include "streamer/filter.h"
#include "streamer/history.h"
#include "streamer/page.h"
#include "streamer/socket.h"

namespace choreo::streamer {

class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Begin {
    std::string opening;  // sent first: the head of the answer, the preamble
    std::int64_t cursor = 0;
    std::int64_t tail = 0;     // > 0: start where the last `tail` matching operations up to cursor start
    bool after_reset = false;  // ids get kAfterReset
    std::string event_name;    // of operations; "": kOperationName
    Filter filter;
    std::string trace_id;
    access::GrantPtr grant;  // null where nothing asks for tokens
  };

  Session(std::shared_ptr<Feed> feed, Socket socket, Permit permit, Begin begin);
  // Joins the feed and sends what there is.
  void start();

  // Sends what can be sent now.
  void advance();
  // The log came back as another one: tells the client so and goes on from its beginning.
  void start_again();
  // Sends last_words and closes.
  void end(std::string_view last_words);
  void sweep(std::int64_t now_ms);
  // Ends the stream where its token is no good any more.
  void look_at_token();

 private:
  // Sending (session_write.cpp)
  bool flush();
  bool send_events(std::span<const EventPtr> events);
  bool send_copies(std::span<const EventPtr> events);
  std::string copy_of(const Event& event) const;
  void hold_rest(std::span<const EventPtr* const> sent, std::size_t bytes);
  void send_control(std::string_view text);
  void send_position();
  void progressed();
  void wait_writable();

  bool wants(const Event& event) const { return filter_ == nullptr || filter_->matches(event.facts()); }
  History::Use use() const { return filter_ == nullptr ? History::Use::send : History::Use::filter; }
  bool at_edge() const { return cursor_ >= feed_->head(); }
  bool idle() const { return !blocked_ && !waiting_ && !ending_; }
  std::span<const EventPtr> next_events();
  void reach_edge();
  void ask_history();
  void on_page(const Result<PagePtr>& page);
  void search_tail();
  void on_tail(const Result<std::int64_t>& start);
  void on_history_error(const Error& error);
  void wait_readable();
  void on_readable();
  void later();
  void finish();
  void close(std::string_view reason);
  void leave(std::string_view reason);

  std::shared_ptr<Feed> feed_;
  Socket socket_;
  Permit permit_;
  std::unique_ptr<const Filter> filter_;  // null: everything
  const std::string trace_id_;
  const access::GrantPtr grant_;
  Feed::Sessions::iterator place_;

  std::int64_t cursor_;
  std::int64_t announced_;  // the position that the client knows
  std::int64_t tail_;       // still to be searched for
  std::int64_t stamp_ms_;   // when the socket last took something, or stopped to
  PagePtr page_;
  EventPtr partial_;  // partly sent
  std::size_t partial_sent_ = 0;
  std::string outbox_;  // text of our own, sent after partial_
  int history_failures_ = 0;
  const std::string event_name_;
  const bool after_reset_;
  bool behind_ = false;   // has read from the log since it was last at the edge
  bool waiting_ = false;  // for history
  bool stale_ = false;    // what it waits for is of the log as it was
  bool retry_ = false;    // history failed: the sweep asks again
  bool blocked_ = false;  // for the socket
  bool ending_ = false;   // closes once everything is sent
  bool closed_ = false;
};

}  // namespace choreo::streamer
