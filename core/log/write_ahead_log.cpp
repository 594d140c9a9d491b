#include "log/write_ahead_log.h"

namespace choreo::log {
namespace {

constexpr int kFrameBytes = 4096 + 24;  // a page and its header
constexpr int kCheckpointFrames = 1000;
constexpr int kRestartFrames = 4096;
constexpr int kRestartMs = 200;

}  // namespace

WriteAheadLog::WriteAheadLog(sqlite3* db, int busy_timeout_ms, std::int64_t max_bytes)
    : db_(db), busy_timeout_ms_(busy_timeout_ms), max_bytes_(max_bytes), restart_at_(kRestartFrames) {
  sqlite3_wal_hook(db, after_commit, this);
}

std::int64_t WriteAheadLog::bytes() const {
  return std::int64_t{frames_} * kFrameBytes;
}

// What fails here is tried again after the next commit: the frames are safe where they are.
int WriteAheadLog::after_commit(void* self, sqlite3* db, const char* name, int frames) {
  auto& log = *static_cast<WriteAheadLog*>(self);
  log.frames_ = frames;
  if (frames < kCheckpointFrames) {
    log.restart_at_ = kRestartFrames;
    return SQLITE_OK;
  }
  if (frames >= log.restart_at_)
    (void)log.restart();
  else
    (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;
}

// True: the next commit writes at its beginning.
bool WriteAheadLog::restart() {
  restart_at_ = frames_ + kRestartFrames;
  sqlite3_busy_timeout(db_, kRestartMs);
  const int code = sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  sqlite3_busy_timeout(db_, busy_timeout_ms_);
  return code == SQLITE_OK;
}

Status WriteAheadLog::check_limit() {
  if (bytes() < max_bytes_) return {};
  if (restart()) {
    frames_ = 0;
    return {};
  }
  return make_error(ErrorKind::unavailable, "wal_full",
                    "the write-ahead log has " + std::to_string(bytes()) + " bytes, and its limit is " +
                        std::to_string(max_bytes_) +
                        " (CHOREO_MAX_WAL_BYTES): somebody has been reading from an old snapshot for long; writing "
                        "resumes by itself when that ends");
}

void WriteAheadLog::truncate() {
  sqlite3_busy_timeout(db_, 0);
  (void)sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(db_, busy_timeout_ms_);
}

}  // namespace choreo::log
