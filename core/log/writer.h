// One connection that appends to one instance's log: the steps of a transaction, in the order group commit needs them.
//
// Invariants: begin … append* … commit; ids continue the log's head without gap; each operation is projected and
// indexed as it is appended; a failure of any step but check functions means rollback(). Thread-safety: one thread at a
// time. REQUIRES: the caller holds the InstanceLock from begin() to commit().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "log/instances.h"
#include "operation/operation.h"

namespace choreo::log {

class ProjectionStore;

// What is remembered of a client's key.
struct KeyRecord {
  std::int64_t op_id = 0;
  std::int64_t last_id = 0;  // of the last operation it generated
  std::string extra;         // further members of the first answer
};

class Writer {
 public:
  // snapshot_interval: CHOREO_SNAPSHOT_INTERVAL (log/checkpoints.h). max_wal_bytes: CHOREO_MAX_WAL_BYTES.
  static Result<Writer> open(const Instances& instances, const std::string& slug, int busy_timeout_ms, Random& random,
                             std::int64_t snapshot_interval = kDefaultSnapshotInterval,
                             std::int64_t max_wal_bytes = kDefaultMaxWalBytes);
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  ~Writer();

  const FileIdentity& file() const;
  const std::string& epoch() const;

  // Errors: also unavailable/wal_full. After an error there is no transaction.
  Status begin();
  std::int64_t head() const;
  // Of the write-ahead log, in use after the last commit: it grows while somebody holds an old snapshot.
  std::int64_t wal_bytes() const;
  // now_ms: the clock; the operation gets it, or the last time given if that is later. A draft's own ts_ms is honoured.
  Result<Operation> append(const Draft& draft, std::int64_t now_ms);
  // before_sync and after_sync, if given: the calling thread only waits for the disk in between.
  Status commit(const std::function<void()>& before_sync = {}, const std::function<void()>& after_sync = {});
  void rollback();

  // A part of the transaction that can be undone by itself.
  Status savepoint();
  Status release_savepoint();
  Status rollback_to_savepoint();

  ProjectionStore& projection();
  Result<std::optional<Operation>> operation(std::int64_t id);
  Result<std::optional<KeyRecord>> find_key(const std::string& key);
  Status remember_key(const std::string& key, const KeyRecord& record);

  // Replays the log into an empty projection, in a transaction of its own.
  Status rebuild();

  struct Impl;

 private:
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace choreo::log
