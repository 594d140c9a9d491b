// The second factor of whoever signs in to the page: a code of an authenticator app, for the subjects that
// `choreoctl totp enable` has given one.
//
// A code is taken once, whichever process is asked; wrong ones are counted in control.db, so that restarts and further
// processes give no further attempts. Thread-safety: check() may be called from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "control/totp.h"

namespace choreo::access {

inline constexpr std::int64_t kCodeAttempts = 5;  // wrong codes until none is looked at for a while
inline constexpr std::int64_t kFirstLockMs = 5 * 60'000;
inline constexpr std::int64_t kLongestLockMs = 60 * 60'000;  // each lock is twice as long as the one before it

struct Refusal {
  Error error;
  std::int64_t retry_after_secs = 0;  // 0: a right code would be taken now
};

class SecondFactor {
 public:
  SecondFactor(std::string control_dir, std::string keys_dir, Clock& clock);

  // Nothing: let in, since the code is right or the subject has no second factor. Errors: forbidden, answered 401:
  // code_required, wrong_code, code_used; answered 429: too_many_codes; unavailable: totp_unavailable where the secret
  // cannot be read, and those of the registry.
  std::optional<Refusal> check(const std::string& subject, const std::optional<std::string>& code);

  // Whether the code is that of a secret at this moment; what that changes in its record. Errors as above.
  static std::optional<Refusal> try_code(control::TotpRecord& record, const std::string& secret,
                                         const std::string& code, std::int64_t now_ms);

 private:
  Result<std::optional<control::TotpRecord>> find(const std::string& subject);
  Status open_store();

  const std::string control_dir_, keys_dir_;
  Clock& clock_;
  std::mutex mutex_;
  std::optional<control::TotpStore> store_;  // guarded by mutex_; none after a failure
};

}  // namespace choreo::access
