#include "control/restored.h"

#include "control/schema.h"
#include "control/store_impl.h"
#include "control/webhook_row.h"
#include "sqlite/database.h"

namespace choreo::control {
namespace {

// What follows `common` is another log's: nothing of it was taken, failed or given up.
Status set_back(sqlite::Database& db, const Webhook& webhook, std::int64_t common) {
  std::vector<std::int64_t> open = webhook.open;
  std::erase_if(open, [&](std::int64_t op_id) { return op_id > common; });
  const std::string left = encode_integers(open);
  CHOREO_ASSIGN(sqlite::Statement state, db.prepare("UPDATE deliveries SET frontier = min(frontier, ?2), open = ?3 "
                                                    "WHERE webhook_id = ?1"));
  CHOREO_TRY(state.bind(1, webhook.id).bind(2, common).bind(3, left).run());
  for (const char* sql : {"DELETE FROM failed WHERE webhook_id = ? AND op_id > ?",
                          "DELETE FROM replays WHERE webhook_id = ? AND last_id > ?"}) {
    CHOREO_ASSIGN(sqlite::Statement remove, db.prepare(sql));
    CHOREO_TRY(remove.bind(1, webhook.id).bind(2, common).run());
  }
  return {};
}

Status take_over(sqlite::Database& db, const Replacement& replacement, const std::vector<Webhook>& webhooks) {
  for (const Webhook& webhook : webhooks) CHOREO_TRY(set_back(db, webhook, replacement.common));
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE webhooks SET epoch = ? WHERE instance = ?"));
  return update.bind(1, replacement.epoch).bind(2, replacement.instance).run();
}

}  // namespace

Status follow_epoch(const std::string& path, const std::string& instance, const std::string& old_epoch,
                    const std::string& new_epoch) {
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write, kBusyTimeoutMs));
  // One file, without a write-ahead log beside it, until a server opens it.
  CHOREO_TRY(db.exec("PRAGMA journal_mode=DELETE"));
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE webhooks SET epoch = ? WHERE instance = ? AND epoch = ?"));
  return update.bind(1, new_epoch).bind(2, instance).bind(3, old_epoch).run();
}

Result<std::int64_t> keep_webhooks(const std::string& control_dir, const Replacement& replacement) {
  CHOREO_ASSIGN(sqlite::Database db, open_control_db(control_dir));
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
  CHOREO_ASSIGN(sqlite::Statement select, select_webhooks(db, Columns::plain, "WHERE w.instance = ?"));
  CHOREO_ASSIGN(const std::vector<Webhook> webhooks, read_all(select.bind(1, replacement.instance)));
  CHOREO_TRY(take_over(db, replacement, webhooks));
  CHOREO_TRY(replacement.put());
  const Status committed = transaction.commit();
  if (committed.ok()) return static_cast<std::int64_t>(webhooks.size());
  CHOREO_TRY(replacement.undo());
  return committed.error();
}

}  // namespace choreo::control
