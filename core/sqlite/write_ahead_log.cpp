#include "sqlite/write_ahead_log.h"

#include <sys/stat.h>

#include "sqlite/database.h"

namespace choreo::sqlite {

std::int64_t log_bytes(const std::string& path) {
  struct stat info {};
  return stat((path + "-wal").c_str(), &info) == 0 ? std::int64_t{info.st_size} : 0;
}

Result<bool> empty_log(const std::string& path, int wait_ms) {
  CHOREO_ASSIGN(Database db, Database::open(path, OpenMode::read_write, wait_ms));
  CHOREO_ASSIGN([[maybe_unused]] const auto read, db.query_integer("SELECT count(*) FROM sqlite_master", 0));
  // The first holds nobody up, so that little is left for the second, which does.
  for (const int how : {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_TRUNCATE}) {
    const int code = sqlite3_wal_checkpoint_v2(db.handle(), "main", how, nullptr, nullptr);
    if (is_busy(code)) return false;
    if (code != SQLITE_OK) return error_of(db.handle(), code, "empty the write-ahead log of '" + path + "'");
  }
  return true;
}

}  // namespace choreo::sqlite
