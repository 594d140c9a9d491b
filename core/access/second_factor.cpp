#include "access/second_factor.h"

#include <algorithm>

#include "access/totp.h"
#include "access/totp_key.h"

namespace choreo::access {
namespace {

Refusal fail(std::string code, std::string message) {
  return {make_error(ErrorKind::forbidden, std::move(code), std::move(message))};
}

std::int64_t lock_ms(std::int64_t failures) {
  std::int64_t lock = kFirstLockMs;
  for (std::int64_t locks = failures / kCodeAttempts; locks > 1 && lock < kLongestLockMs; --locks) lock *= 2;
  return std::min(lock, kLongestLockMs);
}

// Of a lock that was made while the clock was ahead nothing is left.
std::int64_t left_of_lock_ms(const control::TotpRecord& record, std::int64_t now_ms) {
  const std::int64_t left = record.locked_until_ms - now_ms;
  return left > 0 && left <= kLongestLockMs ? left : 0;
}

Refusal locked(const std::string& subject, std::int64_t left_ms) {
  const std::int64_t secs = (left_ms + 999) / 1000;
  Refusal refusal = fail("too_many_codes", "there were too many wrong codes of '" + subject + "'; try again in " +
                                               std::to_string(secs) + " s, or have it lifted: choreoctl totp unlock");
  refusal.retry_after_secs = secs;
  return refusal;
}

Refusal used(const control::TotpRecord& record, std::int64_t now_step) {
  if (record.last_step > now_step + kSkewSteps)
    return fail("code_used",
                "codes of a later time were taken already: the clock of this server was set back; set it right, or "
                "make the second factor anew (choreoctl totp disable, enable)");
  return fail("code_used", "this code, or one after it, was used already; wait for the next one");
}

Refusal unavailable(const Error& cause) {
  return {make_error(ErrorKind::unavailable, "totp_unavailable",
                     "the code cannot be checked: " + cause.message +
                         "; put back what belongs together (a backup has both), or: choreoctl totp disable")};
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

}  // namespace

SecondFactor::SecondFactor(std::string control_dir, std::string keys_dir, Clock& clock)
    : control_dir_(std::move(control_dir)), keys_dir_(std::move(keys_dir)), clock_(clock) {}

Status SecondFactor::open_store() {
  if (store_) return {};
  CHOREO_ASSIGN(control::TotpStore opened, control::TotpStore::open(control_dir_));
  store_.emplace(std::move(opened));
  return {};
}

Result<std::optional<control::TotpRecord>> SecondFactor::find(const std::string& subject) {
  CHOREO_TRY(open_store());
  return store_->find(subject);
}

std::optional<Refusal> SecondFactor::try_code(control::TotpRecord& record, const std::string& secret,
                                              const std::string& code, std::int64_t now_ms) {
  if (const std::int64_t left = left_of_lock_ms(record, now_ms); left > 0) return locked(record.subject, left);
  const std::int64_t now_step = step_at(now_ms);
  const Result<Match> matched = match_code(secret, code, now_step, record.last_step);
  if (!matched.ok()) return Refusal{matched.error()};
  const Match& match = *matched;
  if (match.right && match.step == 0) return used(record, now_step);
  if (match.right) {
    record.last_step = match.step;
    record.last_used_ms = now_ms;
    record.failures = record.locked_until_ms = 0;
    return std::nullopt;
  }
  ++record.failures;
  if (record.failures % kCodeAttempts != 0)
    return fail("wrong_code",
                "the code is wrong; if it stays so, is the clock of the device right, and this server's?");
  record.locked_until_ms = now_ms + lock_ms(record.failures);
  return locked(record.subject, record.locked_until_ms - now_ms);
}

std::optional<Refusal> SecondFactor::check(const std::string& subject, const std::optional<std::string>& given) {
  const std::lock_guard lock(mutex_);
  const auto record = find(subject);
  if (!record.ok()) {
    store_.reset();
    return Refusal{record.error()};
  }
  if (!*record || !(*record)->confirmed) return std::nullopt;
  const std::string code = without_spaces(given.value_or(""));
  if (code.empty())
    return fail("code_required", "this needs a code too: the six digits that your authenticator app shows");
  if (!is_code(code)) return fail("wrong_code", "a code has six digits");
  const auto key = TotpKey::load(keys_dir_);
  if (!key.ok()) return unavailable(key.error());
  std::optional<Refusal> refusal;
  const Status changed = store_->change(subject, [&](control::TotpRecord& now) -> Status {
    CHOREO_ASSIGN(const std::string secret, key->open(now.secret, subject));
    refusal = try_code(now, secret, code, clock_.wall_ms());
    return {};
  });
  if (changed.ok()) return refusal;
  if (changed.error().code == "unknown_totp") return std::nullopt;  // disabled in this moment
  if (changed.error().code == "bad_totp_secret") return unavailable(changed.error());
  store_.reset();
  return Refusal{changed.error()};
}

}  // namespace choreo::access
