#include "control/schema.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "base/file_lock.h"
#include "base/limits.h"
#include "control/url_parts.h"

#include "control/file.h"
#include "sqlite/schema.h"
#include "sqlite/write_ahead_log.h"

namespace choreo::control {
namespace {

// Migration n brings user_version n to n + 1. Never edit one that was released; append the next.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE webhooks(
  id          TEXT PRIMARY KEY,
  instance    TEXT NOT NULL,
  epoch       TEXT NOT NULL,
  url         TEXT NOT NULL,
  active      INTEGER NOT NULL,
  operators   TEXT NOT NULL,  -- JSON array, empty: all
  tables      TEXT NOT NULL,  -- JSON array, empty: all
  headers     TEXT NOT NULL,  -- JSON array of [name, value]
  description TEXT NOT NULL,
  secret      TEXT NOT NULL,
  created     TEXT NOT NULL,
  UNIQUE(instance, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries(
  webhook_id           TEXT PRIMARY KEY REFERENCES webhooks(id) ON DELETE CASCADE,
  frontier             INTEGER NOT NULL,              -- the last operation taken from the log
  open                 TEXT NOT NULL DEFAULT '[]',    -- JSON array: taken, not settled
  last_attempt         TEXT NOT NULL DEFAULT '',
  last_success         TEXT NOT NULL DEFAULT '',
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  last_error           TEXT NOT NULL DEFAULT '',
  disabled_reason      TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE failed(
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  op_id      INTEGER NOT NULL,
  dead       INTEGER NOT NULL,  -- 0: to be tried again at next_ms; 1: given up
  attempts   INTEGER NOT NULL,
  next_ms    INTEGER NOT NULL,
  error      TEXT NOT NULL,
  PRIMARY KEY(webhook_id, op_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX failed_due ON failed(webhook_id, dead, next_ms, op_id);

CREATE TABLE done_once(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;  -- e.g. legacy_import
)sql",
    R"sql(
ALTER TABLE webhooks ADD COLUMN delivery TEXT NOT NULL DEFAULT 'parallel';   -- or ordered
ALTER TABLE webhooks ADD COLUMN format TEXT NOT NULL DEFAULT 'choreo';       -- or cloudevents
ALTER TABLE webhooks ADD COLUMN conditions TEXT NOT NULL DEFAULT '';         -- "where"
ALTER TABLE webhooks ADD COLUMN max_in_flight INTEGER NOT NULL DEFAULT 0;    -- 0: the setting's
ALTER TABLE webhooks ADD COLUMN old_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE webhooks ADD COLUMN old_secret_until_ms INTEGER NOT NULL DEFAULT 0;

ALTER TABLE deliveries ADD COLUMN failing_since_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN disable_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN warning TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN in_flight INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN next_attempt_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;       -- also the id of the last one
ALTER TABLE deliveries ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN warnings INTEGER NOT NULL DEFAULT 0;

ALTER TABLE failed ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
UPDATE failed SET tries = attempts;
CREATE INDEX failed_in_order ON failed(webhook_id, dead, op_id);

CREATE TABLE attempts(
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  id         INTEGER NOT NULL,
  op_id      INTEGER NOT NULL,  -- 0: a test
  number     INTEGER NOT NULL,
  at_ms      INTEGER NOT NULL,
  latency_ms INTEGER NOT NULL,
  result     INTEGER NOT NULL,  -- 0 delivered, 1 failed, 2 given up
  status     INTEGER NOT NULL,  -- 0: no complete answer
  error      TEXT NOT NULL,
  next_ms    INTEGER NOT NULL,
  answer     TEXT NOT NULL,
  PRIMARY KEY(webhook_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE replays(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  kind       INTEGER NOT NULL,  -- 0 range, 1 operations, 2 dead
  next_id    INTEGER NOT NULL,
  last_id    INTEGER NOT NULL,
  ids        TEXT NOT NULL      -- JSON array
) STRICT;
CREATE INDEX replays_of ON replays(webhook_id, id);

CREATE TABLE pings(
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  asked_ms   INTEGER NOT NULL,
  taken      INTEGER NOT NULL DEFAULT 0,
  attempt_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pings_of ON pings(webhook_id);
)sql",
    R"sql(
CREATE TABLE tokens(
  id           TEXT PRIMARY KEY,  -- "jti"
  subject      TEXT NOT NULL,
  scopes       TEXT NOT NULL,     -- as in the token: "shop:write *:read"
  created_ms   INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL,
  revoked_ms   INTEGER NOT NULL DEFAULT 0,
  last_used_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE token_generation(value INTEGER NOT NULL) STRICT;  -- one row; grows with every revocation
INSERT INTO token_generation VALUES(1);
)sql",
    R"sql(
ALTER TABLE deliveries ADD COLUMN paused_until_ms INTEGER NOT NULL DEFAULT 0;  -- Retry-After
)sql",
    R"sql(
CREATE TABLE totp(
  subject         TEXT PRIMARY KEY,  -- of tokens
  secret          TEXT NOT NULL,     -- encrypted with totp.key, bound to the subject
  confirmed       INTEGER NOT NULL,  -- 0: nothing asks for codes yet
  created_ms      INTEGER NOT NULL,
  last_step       INTEGER NOT NULL,  -- the last time step whose code was taken
  last_used_ms    INTEGER NOT NULL,
  failures        INTEGER NOT NULL,  -- wrong codes since then
  locked_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
ALTER TABLE webhooks ADD COLUMN address TEXT NOT NULL DEFAULT '';  -- the url in its one form; '': not worked out yet
ALTER TABLE webhooks ADD COLUMN host TEXT NOT NULL DEFAULT '';     -- of it
CREATE INDEX webhooks_of_address ON webhooks(instance, address);
CREATE INDEX webhooks_of_host ON webhooks(host);
ALTER TABLE deliveries ADD COLUMN due_asked INTEGER NOT NULL DEFAULT 0;  -- grows when all that waits is to be due now
)sql",
    R"sql(
ALTER TABLE deliveries ADD COLUMN rewinds INTEGER NOT NULL DEFAULT 0;  -- how often the log came back as another one
)sql",
};
constexpr std::int64_t kVersion = std::size(kMigrations);

constexpr int kEmptyWaitMs = 500;

// The oldest version whose programs may still use a file of the newest one, so that a return to them finds their data:
// stands in the file as its application_id. A migration that only adds tables, or columns with defaults, leaves it; one
// that older programs would not respect raises it to its own number.
constexpr std::int64_t kUsableSince = 5;
static_assert(kUsableSince <= kVersion);

Error system_error(const std::string& doing) {
  return make_error(ErrorKind::unavailable, "storage_unavailable",
                    doing + ": " + std::generic_category().message(errno));
}

Error newer(const std::string& path, std::int64_t version) {
  return make_error(ErrorKind::unavailable, "newer_schema",
                    "'" + path + "' was written by a newer version of choreo (schema " + std::to_string(version) +
                        ", this one knows " + std::to_string(kVersion) + ")");
}

// SQLite gives the log files the mode of the database, so the database must have it before the first write.
Status make_private(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("open '" + path + "'");
  close(fd);
  return {};
}

Status migrate(sqlite::Database& db, const std::string& path) {
  CHOREO_ASSIGN(const std::int64_t version, db.query_integer("PRAGMA user_version", 0));
  if (version > kVersion) {
    CHOREO_ASSIGN(const std::int64_t usable_since, db.query_integer("PRAGMA application_id", 0));
    if (is_usable(version, usable_since)) return {};
    return newer(path, version);
  }
  for (std::int64_t next = version; next < kVersion; ++next) {
    CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
    CHOREO_TRY(db.exec(kMigrations[next]));
    CHOREO_TRY(db.exec(("PRAGMA user_version=" + std::to_string(next + 1)).c_str()));
    CHOREO_TRY(db.exec(("PRAGMA application_id=" + std::to_string(kUsableSince)).c_str()));
    CHOREO_TRY(transaction.commit());
  }
  return {};
}

// Of rows that an older version wrote.
Status fill_identities(sqlite::Database& db) {
  constexpr const char* kMissing = "SELECT count(*) FROM (SELECT 1 FROM webhooks WHERE host = '' LIMIT 1)";
  CHOREO_ASSIGN(const std::int64_t missing, db.query_integer(kMissing, 0));
  if (missing == 0) return {};
  CHOREO_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(db, true));
  std::vector<std::pair<std::string, std::string>> rows;
  {
    CHOREO_ASSIGN(sqlite::Statement select, db.prepare("SELECT id, url FROM webhooks WHERE host = ''"));
    for (;;) {
      CHOREO_ASSIGN(const bool row, select.step());
      if (!row) break;
      rows.emplace_back(select.text(0), select.text(1));
    }
  }
  CHOREO_ASSIGN(sqlite::Statement update, db.prepare("UPDATE webhooks SET address = ?, host = ? WHERE id = ?"));
  for (const auto& [id, url] : rows) {
    const UrlIdentity identity = identity_of(url);
    CHOREO_TRY(update.bind(1, identity.address).bind(2, identity.host).bind(3, id).run());
  }
  update.reset();
  return transaction.commit();
}

}  // namespace

Result<sqlite::Database> open_control_db(const std::string& control_dir) {
  std::error_code ignored;  // the open below says what is wrong
  std::filesystem::create_directories(control_dir, ignored);
  const std::string path = control_dir + "/control.db";
  // While the file is made and migrated: switching a database to the write-ahead log does not wait for others by
  // itself.
  CHOREO_ASSIGN(const FileLock lock, FileLock::acquire(control_dir + "/control.lock", 0600, kDefaultLockWaitMs));
  CHOREO_TRY(make_private(path));
  CHOREO_ASSIGN(sqlite::Database db, sqlite::Database::open(path, sqlite::OpenMode::read_write_create, kBusyTimeoutMs));
  CHOREO_TRY(db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON"));
  CHOREO_TRY(migrate(db, path));
  CHOREO_TRY(fill_identities(db));
  return db;
}

std::int64_t newest_version() {
  return kVersion;
}

bool is_usable(std::int64_t version, std::int64_t usable_since) {
  return version <= kVersion || (usable_since > 0 && usable_since <= kVersion);
}

Status check_schema(const std::string& path) {
  CHOREO_ASSIGN(sqlite::Database stored, sqlite::Database::open(path, sqlite::OpenMode::immutable, kBusyTimeoutMs));
  CHOREO_ASSIGN(const std::int64_t version, stored.query_integer("PRAGMA user_version", 0));
  CHOREO_ASSIGN(const std::int64_t usable_since, stored.query_integer("PRAGMA application_id", 0));
  if (!is_usable(version, usable_since)) return newer(path, version);
  const auto foreign = [&](const std::string& how) {
    return invalid("foreign_schema", path + " " + how + "; it was not written by Choreo, or was changed since");
  };
  CHOREO_ASSIGN(const std::string active, sqlite::active_object(stored));
  if (!active.empty()) return foreign("has " + active + ", which this program does not make");
  if (version > kVersion) return {};  // what a later program added cannot be known
  constexpr auto kCreate = sqlite::OpenMode::read_write_create;
  CHOREO_ASSIGN(sqlite::Database made, sqlite::Database::open(":memory:", kCreate, kBusyTimeoutMs));
  CHOREO_ASSIGN(sqlite::Database expected, sqlite::Database::open(":memory:", kCreate, kBusyTimeoutMs));
  CHOREO_TRY(migrate(expected, path));
  Status brought = sqlite::copy_schema(stored, made);
  if (brought.ok()) brought = migrate(made, path);
  if (!brought.ok()) return foreign("has tables that cannot be brought up to date: " + brought.error().message);
  CHOREO_ASSIGN(const std::string difference, sqlite::schema_difference(made, expected));
  return difference.empty() ? Status() : Status(foreign(difference));
}

Status empty_log(const std::string& control_dir) {
  const std::string path = control_dir + "/control.db";
  if (sqlite::log_bytes(path) == 0) return {};
  CHOREO_ASSIGN(const FileLock lock, FileLock::acquire(control_dir + "/control.lock", 0600, kEmptyWaitMs));
  CHOREO_ASSIGN([[maybe_unused]] const bool emptied, sqlite::empty_log(path, kEmptyWaitMs));
  return {};
}

}  // namespace choreo::control
