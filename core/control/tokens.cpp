#include "control/tokens.h"

#include "base/text.h"
#include "control/schema.h"

namespace choreo::control {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, subject, scopes, created_ms, expires_ms, revoked_ms, last_used_ms FROM tokens ";
constexpr const char* kNextGeneration = "UPDATE token_generation SET value = value + 1";

TokenRecord row_of(const sqlite::Statement& row) {
  return {std::string(row.text(0)),
          std::string(row.text(1)),
          std::string(row.text(2)),
          row.integer(3),
          row.integer(4),
          row.integer(5),
          row.integer(6)};
}

// While it lives, a statement fails at once where another program holds the lock.
class NotWaiting {
 public:
  explicit NotWaiting(sqlite::Database& db) : db_(db) { sqlite3_busy_timeout(db_.handle(), 0); }
  ~NotWaiting() { sqlite3_busy_timeout(db_.handle(), kBusyTimeoutMs); }
  NotWaiting(const NotWaiting&) = delete;
  NotWaiting& operator=(const NotWaiting&) = delete;

 private:
  sqlite::Database& db_;
};

}  // namespace

Result<TokenStore> TokenStore::open(const std::string& control_dir) {
  CHOREO_ASSIGN(sqlite::Database db, open_control_db(control_dir));
  return TokenStore(std::move(db));
}

Status TokenStore::add(const TokenRecord& token) {
  CHOREO_ASSIGN(sqlite::Statement insert,
                db_.prepare("INSERT INTO tokens(id, subject, scopes, created_ms, expires_ms) VALUES(?,?,?,?,?)"));
  insert.bind(1, token.id).bind(2, token.subject).bind(3, token.scopes);
  return insert.bind(4, token.created_ms).bind(5, token.expires_ms).run();
}

Result<std::vector<TokenRecord>> TokenStore::list() {
  CHOREO_ASSIGN(sqlite::Statement select, db_.prepare(std::string(kColumns) + "ORDER BY created_ms, id"));
  std::vector<TokenRecord> tokens;
  while (true) {
    CHOREO_ASSIGN(const bool more, select.step());
    if (!more) return tokens;
    tokens.push_back(row_of(select));
  }
}

Result<std::optional<TokenRecord>> TokenStore::find(const std::string& id) {
  CHOREO_ASSIGN(sqlite::Statement select, db_.prepare(std::string(kColumns) + "WHERE id = ?"));
  CHOREO_ASSIGN(const bool there, select.bind(1, id).step());
  return there ? std::optional(row_of(select)) : std::nullopt;
}

Status TokenStore::revoke(const std::string& id, std::int64_t now_ms) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db_, true));
  CHOREO_ASSIGN(const std::optional<TokenRecord> token, find(id));
  if (!token)
    return make_error(ErrorKind::not_found, "unknown_token", "there is no token '" + shortened(id, 100) + "'");
  if (token->revoked_ms != 0) return {};
  CHOREO_ASSIGN(sqlite::Statement update, db_.prepare("UPDATE tokens SET revoked_ms = ? WHERE id = ?"));
  CHOREO_TRY(update.bind(1, now_ms).bind(2, id).run());
  CHOREO_TRY(db_.exec(kNextGeneration));
  return transaction.commit();
}

Result<std::int64_t> TokenStore::revoke_subject(const std::string& subject, std::int64_t now_ms) {
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db_, true));
  CHOREO_ASSIGN(sqlite::Statement update,
                db_.prepare("UPDATE tokens SET revoked_ms = ? WHERE subject = ? AND revoked_ms = 0"));
  CHOREO_TRY(update.bind(1, now_ms).bind(2, subject).run());
  const std::int64_t revoked = update.changed_rows();
  CHOREO_TRY(db_.exec(kNextGeneration));
  CHOREO_TRY(transaction.commit());
  return revoked;
}

Result<std::int64_t> TokenStore::generation() {
  return db_.query_integer("SELECT value FROM token_generation", 0);
}

Status TokenStore::note_used(const std::vector<std::pair<std::string, std::int64_t>>& used) {
  if (used.empty()) return {};
  const NotWaiting not_waiting(db_);                  // checks of tokens wait for this
  CHOREO_TRY(db_.exec("PRAGMA synchronous=NORMAL"));  // this connection notes nothing that a power failure may not take
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db_, true));
  CHOREO_ASSIGN(sqlite::Statement update,
                db_.prepare("UPDATE tokens SET last_used_ms = max(last_used_ms, ?) WHERE id = ?"));
  for (const auto& [id, at_ms] : used) CHOREO_TRY(update.bind(1, at_ms).bind(2, id).run());
  return transaction.commit();
}

}  // namespace choreo::control
