// The second factor of subjects in control.db: encrypted secrets, the last code that was taken, wrong codes.
//
// What a code does to its row is decided in one transaction, so that no two processes take the same code, and none
// forgets a wrong one. Thread-safety: one thread at a time per TotpStore; several processes may have it open.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace choreo::control {

// Times are the wall clock's milliseconds; 0: never.
struct TotpRecord {
  std::string subject;
  std::string secret;      // encrypted
  bool confirmed = false;  // the first code was right; until then nothing asks for one
  std::int64_t created_ms = 0;
  std::int64_t last_step = 0;        // of the last code that was taken
  std::int64_t last_used_ms = 0;     // when that was
  std::int64_t failures = 0;         // wrong codes since then
  std::int64_t locked_until_ms = 0;  // no code is looked at before
  bool operator==(const TotpRecord&) const = default;
};

class TotpStore {
 public:
  // Opens or makes `<control_dir>/control.db`, migrating it.
  static Result<TotpStore> open(const std::string& control_dir);

  // By subject.
  Result<std::vector<TotpRecord>> list();
  Result<std::optional<TotpRecord>> find(const std::string& subject);
  // In place of one that is not confirmed. Error conflict/totp_exists where one is.
  Status add(const TotpRecord& record);
  // Errors of both: not_found/unknown_totp.
  Status remove(const std::string& subject);
  // decide changes the record, which is then on disk; an error of it leaves the row as it is.
  Status change(const std::string& subject, const std::function<Status(TotpRecord&)>& decide);

 private:
  explicit TotpStore(sqlite::Database db) : db_(std::move(db)) {}
  Status write(const TotpRecord& record);
  sqlite::Database db_;
};

}  // namespace choreo::control
