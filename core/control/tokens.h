// The registry of tokens in control.db: a token that is not in it, or is revoked in it, is no good.
//
// choreoctl adds and revokes; the daemons look tokens up and note when they were used. Invariant: the generation grows
// with every change that may make a token bad. Thread-safety: one thread at a time per TokenStore; several processes
// may have it open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::control {

// Times are the wall clock's milliseconds; 0: never.
struct TokenRecord {
  std::string id;
  std::string subject;
  std::string scopes;
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t revoked_ms = 0;
  std::int64_t last_used_ms = 0;
};

class TokenStore {
 public:
  // Opens or makes `<control_dir>/control.db`, migrating it.
  static Result<TokenStore> open(const std::string& control_dir);

  Status add(const TokenRecord& token);
  // Oldest first.
  Result<std::vector<TokenRecord>> list();
  Result<std::optional<TokenRecord>> find(const std::string& id);
  // One that is revoked already stays as it is. Error not_found/unknown_token.
  Status revoke(const std::string& id, std::int64_t now_ms);
  // Revokes all of a subject that are not; how many those were.
  Result<std::int64_t> revoke_subject(const std::string& subject, std::int64_t now_ms);
  // Cheap to poll.
  Result<std::int64_t> generation();
  // last_used_ms of each, in one transaction that is not synced to disk by itself.
  Status note_used(const std::vector<std::pair<std::string, std::int64_t>>& used);

 private:
  explicit TokenStore(sqlite::Database db) : db_(std::move(db)) {}
  sqlite::Database db_;
};

}  // namespace choreo::control
