#include "control/restored.h"

#include "control/schema.h"
#include "sqlite/database.h"

namespace choreo::control {

Status follow_epoch(const std::string& path, const std::string& instance, const std::string& old_epoch,
                    const std::string& new_epoch) {
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write, kBusyTimeoutMs));
  // One file, without a write-ahead log beside it, until a server opens it.
  CHOREO_TRY(db.exec("PRAGMA journal_mode=DELETE"));
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE webhooks SET epoch = ? WHERE instance = ? AND epoch = ?"));
  return update.bind(1, new_epoch).bind(2, instance).bind(3, old_epoch).run();
}

}  // namespace choreo::control
