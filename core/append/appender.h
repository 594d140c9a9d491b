// Group commit: the one way into a log (DESIGN "Append").
//
// Requests join their instance's queue; a thread of ours commits everything queued in one transaction
// (synchronous=FULL, each operation projected on the way) and tells each its outcome. An answer means: on disk.
// Invariants: ids are consecutive in commit order, also across processes (log::InstanceLock); a refused request leaves
// no trace and does not disturb its neighbours; a request is never committed twice. Thread-safety: all functions may be
// called from any thread; all but submit() block until the outcome is known. Ownership: keeps at most
// Options::max_open_instances databases open, least recently used first out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "append/budget.h"
#include "append/group_commit.h"
#include "append/progress.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "log/instances.h"
#include "operation/operation.h"

namespace choreo::append {

struct Request {
  Draft draft;
  std::string idempotency_key;           // the header's text; "" none. A draft.guid is a key too
  std::optional<std::int64_t> if_match;  // expected last operation of the entity named; 0: must not exist
  std::string trace_id;                  // stored as context.trace_id where the client gave one; "" none
  bool dry_run = false;                  // the answer that it would get; nothing of it stays
  // Whether the answer warns of what means nothing; a strict one, or any in a strict instance, is refused instead with
  // conflict/refused_for_warnings. History (a seed) is taken as it is.
  bool warns = false;
  bool strict = false;
  Report report = nullptr;          // called while a snapshot is ingested
  std::string if_match_epoch = {};  // of the log that if_match counts in; "": the client does not say
};

struct Answer {
  Operation operation;
  bool duplicate = false;              // the key was known: nothing was appended
  bool made_id = false;                // it was an INS without an id, and got its guid as its id
  std::vector<std::string> generated;  // JSON of generated operations, as list_generated() bounds them
  std::size_t listed_bytes = 0;        // of these
  bool list_is_full = false;
  std::int64_t generated_count = 0;
  bool compound = false;                   // the operation may generate others: `generated` belongs in the answer
  std::vector<std::string> extra_members;  // whole JSON members for the answer, e.g. "\"skipped\":[…]"
};

// A request on its way through submit().
struct Task : GroupCommit::Entry {
  Request request;
  std::optional<Result<Answer>> result;  // there when finished() is called; errors are those of append()
};

// What was committed together, in id order; for the broker.
struct Committed {
  std::string slug;
  std::string epoch;
  std::int64_t first_id = 0;
  std::int64_t last_id = 0;
  std::int64_t wal_bytes = 0;        // of the write-ahead log, now
  std::vector<std::string> records;  // operation JSON; empty where they would exceed Options::max_record_bytes
};

struct Options {
  std::size_t max_open_instances = 64;
  std::size_t max_batch = 512;                              // requests one transaction takes
  std::size_t max_batch_bytes = 16u << 20;                  // of these, but for the first
  std::size_t max_waiting = kDefaultMaxWaitingAppends;      // half of it for one instance
  std::size_t max_waiting_bytes = kDefaultMaxWaitingBytes;  // half of it for one instance
  std::size_t max_long_committers = 8;                      // threads for compound operations
  std::size_t max_committers = 32;  // threads, and so instances that can be committed to at once
  std::size_t max_record_bytes = 1u << 20;
  std::int64_t snapshot_interval = kDefaultSnapshotInterval;  // log/checkpoints.h
  std::int64_t max_wal_bytes = kDefaultMaxWalBytes;           // refused with unavailable/wal_full beyond it
  GeneratedLimits generated;                                  // of one request
  int lock_timeout_ms = 20000;  // waiting for another program's write lock before unavailable/busy
};

class Appender {
 public:
  Appender(log::Instances instances, Clock& clock, Random& random, Options options,
           std::function<void(const Committed&)> on_committed);
  ~Appender();

  // Queues the task and returns at once; its finished() is called when the outcome is known, by another thread.
  // Errors not_found/unknown_instance, unavailable/queue_full: nothing was queued.
  Status submit(const std::string& slug, Task& task);

  // The same, waited for. Errors: not_found/unknown_instance, conflict/idempotency_conflict,
  // precondition_failed/last_op_mismatch (extra: current), invalid/… for what can be known only against the state,
  // storage_full/…, unavailable/….
  Result<Answer> append(const std::string& slug, Request request);

  // Appends what next() yields, in order, in one transaction, honouring each draft's ts_ms; creates the instance if
  // need be. next: a draft, nothing at the end, or an error, which refuses everything (its index is set by the caller
  // of seed). Returns how many of what next() gave were appended: not those whose guid was known, nor generated ones.
  Result<std::int64_t> seed(const std::string& slug, const std::function<Result<std::optional<Draft>>()>& next,
                            const std::string& trace_id);

  // Drops the projection and replays the log into it.
  Status rebuild(const std::string& slug);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::append
