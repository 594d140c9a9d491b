// One log as one loop knows it: its newest events, its head, and the streams of this loop that follow it.
//
// Invariants: a feed belongs to one epoch; head() is the newest operation heard of, so a stream whose cursor is below
// it has something to send, from the ring or else from the log. What it hears are hints: where one contradicts what it
// knows, it asks the log (verify). Sessions get the events from their own cursor on, so nothing here can repeat or skip
// one. Thread-safety: none; its loop's thread only. Ownership: owns its sessions; sessions keep it alive.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "log/reader.h"
#include "streamer/ring.h"
#include "streamer/update.h"

namespace choreo::streamer {

class Loop;
class Session;

class Feed : public std::enable_shared_from_this<Feed> {
 public:
  using Sessions = std::list<std::shared_ptr<Session>>;

  Feed(Loop& loop, std::string slug, std::string epoch);

  // Starts and ends listening to the wire.
  void open();
  void close();

  Loop& loop() { return loop_; }
  const std::string& slug() const { return slug_; }
  const std::string& epoch() const { return epoch_; }
  std::int64_t head() const { return head_; }
  const Ring& ring() const { return ring_; }
  bool unused() const { return sessions_.empty(); }
  const Sessions& sessions() const { return sessions_; }

  Sessions::iterator attach(std::shared_ptr<Session> session);
  void detach(Sessions::iterator session);

  void apply(const Update& update);
  // The log had this head when it was read.
  void note_head(std::int64_t head);
  // Asks the log for its epoch and head.
  void verify();
  void look_at_tokens();
  // Once every kSweepMs.
  void sweep(std::int64_t now_ms);

 private:
  bool take_events(const Update& update);  // true: the ring has more than before
  void on_verified(const Result<log::Head>& head, std::uint64_t hints_before);
  void start_pass();
  void continue_pass();
  void start_again(std::int64_t head);
  void end_all();

  Loop& loop_;
  const std::string slug_;
  const std::string epoch_;
  Ring ring_;
  std::int64_t head_ = 0;
  std::int64_t last_event_ms_ = 0;
  std::uint64_t hints_ = 0;  // changes with every message; tells whether a read is older than what was heard
  bool verifying_ = false;
  bool unverified_ = false;  // a verify failed or came too late: once more

  Sessions sessions_;
  // A pass serves every session once, kPassSessions at a time.
  Sessions::iterator next_;
  bool passing_ = false;
  bool again_ = false;  // something came during the pass
};

}  // namespace choreo::streamer
