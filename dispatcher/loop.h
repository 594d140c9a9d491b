// The dispatcher's one thread: takes hints, ends deliveries, stores what came of them, starts the next ones.
//
// Purpose: at least once. What a turn changed is committed to control.db in one transaction before the turn starts
// anything new; only successes at the first attempt wait for others to be stored with them, kSettleOutcomes at most and
// kSettleMs long. So a kill at any moment repeats at most those and what was on its way.
// Invariants: while control.db cannot be written nothing new is started, so what waits to be stored stays bounded; no
// webhook holds more than its own share (max_in_flight deliveries, kWebhookBytes), and those in trouble at most half
// of all connections together, so that no dead endpoint delays another.
// Thread-safety: all functions from one thread.
// Ownership: everything given outlives it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "control/webhooks.h"
#include "dispatcher/inbox.h"
#include "dispatcher/log_source.h"
#include "dispatcher/ready_queue.h"
#include "dispatcher/registry.h"
#include "dispatcher/transport.h"
#include "service/daemon.h"
#include "service/throttle.h"

namespace choreo::dispatcher {

class Loop {
 public:
  Loop(control::Store& store, LogSource& source, Registry& registry, Transport& transport, Inbox& inbox, Clock& clock,
       service::Context& context);

  // Runs until a stop is asked for, then lets deliveries on their way end for a while.
  void run();

 private:
  // One delivery on its way, or one test (then there is no endpoint).
  struct Flight {
    EndpointPtr endpoint;
    std::optional<control::Ping> ping;
    std::int64_t op_id = 0;
    std::size_t bytes = 0;
    bool troubled = false;  // its endpoint's last attempt had failed
    std::string trace_id;   // of the request that the operation came with; "" where it named none
  };
  enum class Step {
    sent,     // more may follow
    scanned,  // looked at operations that the filter excludes; more may follow
    held,     // could send but for a limit of all together
    nothing,
  };

  void turn();
  // Wall clock at the start, and from then on as time passes: when somebody sets the clock, no retry waits for hours.
  std::int64_t now_ms() const { return start_ms_ + clock_.steady_ms(); }
  int wait_ms() const;
  void drain();
  void keep_alive();
  void count(service::Values& values);

  // hints and registrations
  void take_hints();
  void reload_if_due();
  void forget_old_attempts();

  // outcomes
  void finish(const std::vector<Transport::Ended>& ended);
  void log_outcome(const Flight& flight, const Answer& answer, const Outcome& outcome, bool was_failing);
  // can_wait: for kSettleMs, so that many are stored together.
  void mark_dirty(const EndpointPtr& endpoint, bool can_wait);
  void settle();
  void stored(const EndpointPtr& endpoint);

  // what workers ask for (requests.cpp)
  void take_pings();
  void start_pings();
  Status start_ping(std::uint64_t token, const control::Webhook& webhook, const control::Ping& ping);
  void finish(const control::Ping& ping, const Answer& answer);
  // Takes the next portion of a replay, if there is one and there is room for it. True: it did.
  bool take_replay(const EndpointPtr& endpoint);
  struct Portion {
    std::vector<std::int64_t> op_ids;
    bool done = false;
  };
  Result<Portion> portion_of(const Endpoint& endpoint, control::Replay& replay);
  Result<Portion> portion_of_log(const Endpoint& endpoint, control::Replay& replay);

  // what goes out (admission.cpp)
  void admit();
  Step advance(const EndpointPtr& endpoint);
  Step scan(const EndpointPtr& endpoint, const Candidate& candidate);
  Step send_again(const EndpointPtr& endpoint, const Candidate& candidate);
  Step send(const EndpointPtr& endpoint, const Candidate& candidate, const RecordPtr& record);
  Step wait_for_time(const EndpointPtr& endpoint);
  Step block(const EndpointPtr& endpoint, const Error& error);
  bool over_all_limits(const Endpoint& endpoint, std::size_t bytes) const;

  control::Store& store_;
  LogSource& source_;
  Registry& registry_;
  Transport& transport_;
  Inbox& inbox_;
  Clock& clock_;
  service::Context& context_;
  const std::int64_t start_ms_;  // wall minus steady clock

  ReadyQueue ready_;
  bool more_to_admit_ = false;  // the last admission ended for its budget only
  std::uint64_t next_token_ = 1;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::size_t bytes_in_flight_ = 0;
  std::size_t troubled_in_flight_ = 0;

  std::deque<control::Ping> pings_;  // taken, not yet sent

  std::vector<EndpointPtr> dirty_;
  std::size_t unstored_ = 0;                 // changes of those in dirty_
  std::int64_t settle_by_ms_ = 0;            // steady; while there are any
  std::int64_t next_position_flush_ms_ = 0;  // steady, as all below
  std::int64_t settle_again_ms_ = 0;         // while control.db cannot be written: not before
  bool storage_ok_ = true;

  bool reload_wanted_ = true;
  std::int64_t next_version_check_ms_ = 0;
  std::int64_t version_ = -1;
  std::int64_t next_keep_alive_ms_ = 0;
  std::int64_t next_forget_ms_ = 0;
  std::int64_t next_count_ms_ = 0;
  control::Store::Totals totals_;  // as of the last count
  std::int64_t delivered_ = 0;
  std::int64_t failed_ = 0;
  service::Throttle failure_lines_;
  service::Throttle storage_lines_;
};

}  // namespace choreo::dispatcher
