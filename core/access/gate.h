// Whether a token is good: signed by one of our keys, within its time, in the registry and not revoked there.
//
// A token that was looked at once costs a hash and a lookup from then on. A thread of the gate asks the registry four
// times a second whether something was revoked, and notes there which tokens were used, each at most once a minute.
// Where the registry cannot be read, no token is good: what was revoked meanwhile is not known.
// Thread-safety: all functions may be called from any thread. Ownership: grants are shared with whoever was let in.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "access/jwt.h"
#include "base/clock.h"
#include "control/tokens.h"

namespace choreo::access {

inline constexpr int kWatchMs = 250;                 // how often the registry is asked
inline constexpr std::int64_t kNoteUsedMs = 60'000;  // between two notes of the use of a token

// A token that was good when it was looked at.
struct Grant {
  explicit Grant(Claims what) : claims(std::move(what)) {}
  const Claims claims;
  std::atomic<bool> revoked{false};
  std::atomic<std::int64_t> used_ms{0};  // wall clock
  std::int64_t noted_ms = 0;             // the gate's thread only
};
using GrantPtr = std::shared_ptr<Grant>;

class Gate {
 public:
  // Errors: those of VerifyingKeys::load and TokenStore::open.
  static Result<std::unique_ptr<Gate>> open(const std::string& control_dir, const std::string& keys_dir, Clock& clock);
  Gate(std::string control_dir, VerifyingKeys keys, control::TokenStore store, Clock& clock);
  // Notes what was used and not noted yet.
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Starts the thread. on_revoked: called by it after something was revoked.
  void start(std::function<void()> on_revoked = nullptr);
  // Ends it; on_revoked is not called any more.
  void stop();

  // Errors forbidden, answered 401: bad_token, token_expired, token_not_yet_valid, token_revoked;
  // unavailable/registry_unreadable.
  Result<GrantPtr> check(std::string_view token);
  // The same without asking the registry: null where the token was not looked at before. Never waits for a database.
  Result<GrantPtr> check_known(std::string_view token);
  // Of one that was let in: whether it still is. Errors as above.
  Status still_good(const Grant& grant) const;

  // What the thread does each time; true: something was revoked.
  bool look();

 private:
  using Digest = std::array<unsigned char, 32>;
  struct HashOfDigest {
    std::size_t operator()(const Digest& digest) const;
  };

  GrantPtr find_known(const Digest& digest);
  Result<GrantPtr> use(GrantPtr grant);
  Result<GrantPtr> admit(std::string_view token, const Digest& digest);
  bool mark_revoked();
  void note_used(bool all);
  void forget_old();
  void run();

  const std::string control_dir_;
  const VerifyingKeys keys_;
  Clock& clock_;
  std::atomic<bool> blind_{false};  // the registry could not be read

  std::shared_mutex grants_mutex_;
  std::unordered_map<Digest, GrantPtr, HashOfDigest> grants_;  // guarded by grants_mutex_

  std::mutex store_mutex_;                    // taken before grants_mutex_
  std::optional<control::TokenStore> store_;  // guarded by store_mutex_
  std::int64_t generation_ = 0;               // guarded by store_mutex_

  std::function<void()> on_revoked_;
  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;  // guarded by stop_mutex_
  std::thread thread_;
};

}  // namespace choreo::access
