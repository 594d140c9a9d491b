#include "control/totp.h"

#include "base/text.h"
#include "control/schema.h"

namespace choreo::control {
namespace {

constexpr std::string_view kColumns =
    "SELECT subject, secret, confirmed, created_ms, last_step, last_used_ms, failures, locked_until_ms FROM totp ";

TotpRecord row_of(const sqlite::Statement& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), row.integer(2) != 0, row.integer(3),
          row.integer(4),           row.integer(5),           row.integer(6),      row.integer(7)};
}

Error unknown(const std::string& subject) {
  return make_error(ErrorKind::not_found, "unknown_totp", "'" + shortened(subject, 128) + "' has no second factor");
}

}  // namespace

Result<TotpStore> TotpStore::open(const std::string& control_dir) {
  CHOREO_ASSIGN(sqlite::Database db, open_control_db(control_dir));
  return TotpStore(std::move(db));
}

Result<std::vector<TotpRecord>> TotpStore::list() {
  CHOREO_ASSIGN(sqlite::Statement select, db_.prepare(std::string(kColumns) + "ORDER BY subject"));
  std::vector<TotpRecord> records;
  while (true) {
    CHOREO_ASSIGN(const bool more, select.step());
    if (!more) return records;
    records.push_back(row_of(select));
  }
}

Result<std::optional<TotpRecord>> TotpStore::find(const std::string& subject) {
  CHOREO_ASSIGN(sqlite::Statement select, db_.prepare(std::string(kColumns) + "WHERE subject = ?"));
  CHOREO_ASSIGN(const bool there, select.bind(1, subject).step());
  return there ? std::optional(row_of(select)) : std::nullopt;
}

Status TotpStore::write(const TotpRecord& record) {
  CHOREO_ASSIGN(sqlite::Statement put,
                db_.prepare("INSERT OR REPLACE INTO totp(subject, secret, confirmed, created_ms, "
                            "last_step, last_used_ms, failures, locked_until_ms) "
                            "VALUES(?,?,?,?,?,?,?,?)"));
  put.bind(1, record.subject).bind(2, record.secret).bind(3, record.confirmed ? 1 : 0).bind(4, record.created_ms);
  put.bind(5, record.last_step).bind(6, record.last_used_ms).bind(7, record.failures).bind(8, record.locked_until_ms);
  return put.run();
}

Status TotpStore::add(const TotpRecord& record) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db_, true));
  CHOREO_ASSIGN(const std::optional<TotpRecord> there, find(record.subject));
  if (there && there->confirmed)
    return make_error(ErrorKind::conflict, "totp_exists",
                      "'" + record.subject + "' has a second factor already; disable it first");
  CHOREO_TRY(write(record));
  return transaction.commit();
}

Status TotpStore::remove(const std::string& subject) {
  CHOREO_ASSIGN(sqlite::Statement remove, db_.prepare("DELETE FROM totp WHERE subject = ?"));
  CHOREO_TRY(remove.bind(1, subject).run());
  if (remove.changed_rows() == 0) return unknown(subject);
  return {};
}

Status TotpStore::change(const std::string& subject, const std::function<Status(TotpRecord&)>& decide) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db_, true));
  CHOREO_ASSIGN(std::optional<TotpRecord> record, find(subject));
  if (!record) return unknown(subject);
  const TotpRecord before = *record;
  CHOREO_TRY(decide(*record));
  if (*record == before) return {};
  CHOREO_TRY(write(*record));
  return transaction.commit();
}

}  // namespace choreo::control
