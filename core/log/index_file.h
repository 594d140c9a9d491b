// The index of a write-ahead log (`-shm`) that this process shares with the others.
//
// Purpose: a -shm that is removed or replaced while it is in use parts the processes: those that open the instance
// later make another one, see neither the locks nor the commits of the rest, and overwrite what was acknowledged.
// SQLite shares one mapping among all connections of a process, so only a new process gets the right one: check() ends
// this one, and whoever supervises it starts the next. Invariant: what is acknowledged was committed while the index at
// the path was the one that was used. Thread-safety: all functions may be called from any thread. Ownership: to be kept
// for as long as the connection it was made for.
#pragma once

#include <memory>
#include <string>

#include "log/instances.h"

namespace choreo::log {

class IndexFile {
 public:
  // For a connection to the database `file` at `path` that has read from it.
  static IndexFile of(const std::string& path, const FileIdentity& file);

  // Returns if the index at the path is still the one in use, or the database is not there any more.
  void check() const;
  // The same after a commit, before it is acknowledged: nobody keeps an index that was made meanwhile and may miss it.
  // REQUIRES: the caller holds the InstanceLock.
  void check_committed() const noexcept;

 private:
  struct Mapped;
  explicit IndexFile(std::shared_ptr<const Mapped> mapped);
  std::shared_ptr<const Mapped> mapped_;  // one for all connections of this process to the database
};

}  // namespace choreo::log
