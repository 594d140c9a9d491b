#include "access/gate.h"

#include <chrono>
#include <cstring>

#include "base/digest.h"

namespace choreo::access {
namespace {

Error registry_unreadable() {
  return make_error(ErrorKind::unavailable, "registry_unreadable",
                    "the registry of tokens cannot be read at the moment, so that none can be accepted");
}

// Whoever has the signing key could give a registered id more than it was registered with.
bool is_as_registered(const Claims& claims, const control::TokenRecord& record) {
  return claims.subject == record.subject && to_string(claims.scopes) == record.scopes &&
         claims.expires == record.expires_ms / 1000;
}

}  // namespace

std::size_t Gate::HashOfDigest::operator()(const Digest& digest) const {
  std::size_t hash;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Result<std::unique_ptr<Gate>> Gate::open(const std::string& control_dir, const std::string& keys_dir, Clock& clock) {
  CHOREO_ASSIGN(VerifyingKeys keys, VerifyingKeys::load(keys_dir));
  CHOREO_ASSIGN(control::TokenStore store, control::TokenStore::open(control_dir));
  return std::make_unique<Gate>(control_dir, std::move(keys), std::move(store), clock);
}

Gate::Gate(std::string control_dir, VerifyingKeys keys, control::TokenStore store, Clock& clock)
    : control_dir_(std::move(control_dir)), keys_(std::move(keys)), clock_(clock), store_(std::move(store)) {}

Gate::~Gate() {
  stop();
  const std::lock_guard lock(store_mutex_);
  note_used(true);
}

void Gate::start(std::function<void()> on_revoked) {
  on_revoked_ = std::move(on_revoked);
  thread_ = std::thread([this] { run(); });
}

void Gate::stop() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Gate::run() {
  std::unique_lock lock(stop_mutex_);
  while (!stop_changed_.wait_for(lock, std::chrono::milliseconds(kWatchMs), [this] { return stopping_; })) {
    lock.unlock();
    if (look() && on_revoked_) on_revoked_();
    lock.lock();
  }
}

Status Gate::still_good(const Grant& grant) const {
  const std::int64_t now_secs = clock_.wall_ms() / 1000;
  const Claims& claims = grant.claims;
  if (grant.revoked.load(std::memory_order_relaxed))
    return make_error(ErrorKind::forbidden, "token_revoked", "the token was revoked");
  if (now_secs >= claims.expires)
    return make_error(ErrorKind::forbidden, "token_expired",
                      "the token has expired; make a new one, if the clock of this server is right");
  if (now_secs < claims.not_before)
    return make_error(ErrorKind::forbidden, "token_not_yet_valid",
                      "the token is not valid yet; is the clock of this server right?");
  return {};
}

GrantPtr Gate::find_known(const Digest& digest) {
  const std::shared_lock lock(grants_mutex_);
  const auto found = grants_.find(digest);
  return found == grants_.end() ? nullptr : found->second;
}

Result<GrantPtr> Gate::use(GrantPtr grant) {
  CHOREO_TRY(still_good(*grant));
  grant->used_ms.store(clock_.wall_ms(), std::memory_order_relaxed);
  return grant;
}

Result<GrantPtr> Gate::check_known(std::string_view token) {
  if (blind_.load(std::memory_order_relaxed)) return registry_unreadable();
  CHOREO_ASSIGN(const Digest digest, sha256(token));
  GrantPtr grant = find_known(digest);
  return grant ? use(std::move(grant)) : Result<GrantPtr>(nullptr);
}

Result<GrantPtr> Gate::check(std::string_view token) {
  if (blind_.load(std::memory_order_relaxed)) return registry_unreadable();
  CHOREO_ASSIGN(const Digest digest, sha256(token));
  GrantPtr grant = find_known(digest);
  if (!grant) {
    CHOREO_ASSIGN(grant, admit(token, digest));
  }
  return use(std::move(grant));
}

// The registry is asked and the answer kept under one lock, so that a revocation between the two is not missed.
Result<GrantPtr> Gate::admit(std::string_view token, const Digest& digest) {
  CHOREO_ASSIGN(Claims claims, verify_token(token, keys_));
  const std::lock_guard lock(store_mutex_);
  if (!store_) return registry_unreadable();
  const auto record = store_->find(claims.id);
  if (!record.ok()) return registry_unreadable();
  if (!*record)
    return make_error(ErrorKind::forbidden, "bad_token",
                      "the token is not one of this server: its registry does not have it");
  if (!is_as_registered(claims, **record))
    return make_error(ErrorKind::forbidden, "bad_token",
                      "the token is not one of this server: its registry has it with another subject, scope or end");
  auto grant = std::make_shared<Grant>(std::move(claims));
  grant->revoked = (*record)->revoked_ms != 0;
  grant->noted_ms = (*record)->last_used_ms;
  const std::unique_lock grants_lock(grants_mutex_);
  return grants_.emplace(digest, std::move(grant)).first->second;
}

bool Gate::look() {
  const std::lock_guard lock(store_mutex_);
  if (!store_) {
    auto opened = control::TokenStore::open(control_dir_);
    if (!opened.ok()) return false;
    store_.emplace(std::move(*opened));
  }
  const auto generation = store_->generation();
  blind_ = !generation.ok();
  if (!generation.ok()) {
    store_.reset();
    return false;
  }
  const bool changed = *generation != generation_;
  if (changed && !mark_revoked()) {
    blind_ = true;
    store_.reset();
    return false;
  }
  generation_ = *generation;
  note_used(false);
  forget_old();
  return changed;
}

// False: the registry could not be read.
bool Gate::mark_revoked() {
  const std::shared_lock lock(grants_mutex_);
  for (const auto& [digest, grant] : grants_) {
    const auto record = store_->find(grant->claims.id);
    if (!record.ok()) return false;
    if (!*record || (*record)->revoked_ms != 0) grant->revoked = true;
  }
  return true;
}

void Gate::note_used(bool all) {
  std::vector<std::pair<std::string, std::int64_t>> used;
  const std::int64_t now = clock_.wall_ms();
  const std::shared_lock lock(grants_mutex_);
  for (const auto& [digest, grant] : grants_) {
    const std::int64_t at = grant->used_ms;
    if (at <= grant->noted_ms || (!all && now - grant->noted_ms < kNoteUsedMs)) continue;
    used.emplace_back(grant->claims.id, at);
    grant->noted_ms = at;
  }
  // A note that is lost is made again when the token is used next.
  if (store_) static_cast<void>(store_->note_used(used));
}

// Streams keep theirs.
void Gate::forget_old() {
  const std::int64_t now_secs = clock_.wall_ms() / 1000;
  const std::unique_lock lock(grants_mutex_);
  std::erase_if(grants_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && now_secs >= entry.second->claims.expires;
  });
}

}  // namespace choreo::access
