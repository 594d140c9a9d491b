// Keeps the write-ahead log of a writing connection from growing without bound.
//
// Purpose: every kCheckpointFrames the committed frames go into the database (as SQLite does by itself), without
// waiting for anyone. Where readers that overlap keep the log from starting anew, it grows; every kRestartFrames this
// waits for them, for at most kRestartMs. A reader that holds a snapshot for longer cannot be helped: then bytes()
// tells, and check_limit() refuses what would make it grow past its limit.
// Thread-safety: none; belongs to the connection's thread. Ownership: must not outlive the connection, nor move.
#pragma once

#include <sqlite3.h>

#include <cstdint>

#include "base/result.h"

namespace choreo::log {

class WriteAheadLog {
 public:
  // busy_timeout_ms: of the connection, which is changed while this waits.
  WriteAheadLog(sqlite3* db, int busy_timeout_ms, std::int64_t max_bytes);
  WriteAheadLog(const WriteAheadLog&) = delete;
  WriteAheadLog& operator=(const WriteAheadLog&) = delete;

  // In use after the last commit.
  std::int64_t bytes() const;
  // Before a transaction. Error unavailable/wal_full: it has max_bytes, and somebody keeps it from starting anew.
  Status check_limit();
  // Empties it, if nobody reads from it now.
  void truncate();

 private:
  static int after_commit(void* self, sqlite3* db, const char* name, int frames);
  bool restart();

  sqlite3* db_;
  int busy_timeout_ms_;
  std::int64_t max_bytes_;
  int frames_ = 0;
  int restart_at_;
};

}  // namespace choreo::log
