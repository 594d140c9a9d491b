// The gate over a real registry: what is good, until when, and what is noted.
#include <catch2/catch.hpp>
#include <fstream>

#include "access/gate.h"
#include "base/digest.h"
#include "support/no_crypto.h"
#include "support/temporary_directory.h"
#include "unit/access_keys.h"

using namespace choreo;
using namespace choreo::access;

namespace {

constexpr std::int64_t kStartMs = 1'800'000'000'000;

class Fixture {
 public:
  std::string token(const std::string& id, std::int64_t lives_secs = 3600, bool registered = true) {
    const std::int64_t now = clock.wall_ms() / 1000;
    const Claims claims{id, "n8n", {{"shop", Level::read}}, now, now, now + lives_secs};
    if (registered) {
      REQUIRE(store.add({id, "n8n", "shop:read", now * 1000, claims.expires * 1000}).ok());
    }
    return *sign_token(claims, *key);
  }
  std::int64_t last_used(const std::string& id) { return (*store.find(id))->last_used_ms; }

  const test::TemporaryDirectory directory;
  const test::PemPair pem = test::new_key();
  std::unique_ptr<Key> key = Key::from_private_pem(pem.private_pem);
  ManualClock clock{kStartMs};
  control::TokenStore store = *control::TokenStore::open(directory.path());
  std::unique_ptr<Gate> gate = [this] {
    std::ofstream(directory.path() + "/jwt_public.pem") << pem.public_pem;
    return std::move(*Gate::open(directory.path(), directory.path(), clock));
  }();
};

}  // namespace

TEST_CASE("A registered token is good until it expires") {
  Fixture f;
  const std::string token = f.token("a", 10);
  const auto grant = f.gate->check(token);
  REQUIRE(grant.ok());
  CHECK((*grant)->claims.subject == "n8n");
  CHECK(f.gate->check(token)->get() == grant->get());
  f.clock.advance(9'999);
  CHECK(f.gate->still_good(**grant).ok());
  f.clock.advance(1);
  CHECK(f.gate->still_good(**grant).error().code == "token_expired");
  CHECK(f.gate->check(token).error().code == "token_expired");
  f.clock.set_wall(kStartMs - 365LL * 24 * 3600 * 1000);
  CHECK(f.gate->check(token).error().code == "token_not_yet_valid");
}

TEST_CASE("A token that is signed and not registered is refused") {
  Fixture f;
  const std::string token = f.token("a", 10, false);
  CHECK(f.gate->check(token).error().code == "bad_token");
  CHECK(f.gate->check("nonsense").error().kind == ErrorKind::forbidden);
}

TEST_CASE("A token that is signed and says something else than the registry is refused") {
  Fixture f;
  CHECK(f.gate->check(f.token("a")).ok());
  const std::int64_t now = kStartMs / 1000;
  const Claims registered{"a", "n8n", {{"shop", Level::read}}, now, now, now + 3600};
  for (int changed = 0; changed < 3; ++changed) {
    Claims claims = registered;
    if (changed == 0) claims.subject = "root";
    if (changed == 1) claims.scopes = {{"*", Level::admin}};
    if (changed == 2) claims.expires = INT64_MAX;
    CHECK(f.gate->check(*sign_token(claims, *f.key)).error().code == "bad_token");
  }
}

TEST_CASE("A revocation reaches those who were let in, and new ones at once") {
  Fixture f;
  const std::string first = f.token("a"), second = f.token("b"), third = f.token("c");
  f.gate->look();
  const auto grant = f.gate->check(first);
  REQUIRE(grant.ok());
  REQUIRE(f.gate->check(third).ok());
  CHECK_FALSE(f.gate->look());
  REQUIRE(f.store.revoke("a", f.clock.wall_ms()).ok());
  REQUIRE(f.store.revoke("b", f.clock.wall_ms()).ok());
  CHECK(f.gate->check(second).error().code == "token_revoked");
  CHECK(f.gate->look());
  CHECK(f.gate->still_good(**grant).error().code == "token_revoked");
  CHECK(f.gate->check(first).error().code == "token_revoked");
  CHECK(f.gate->check(third).ok());
  CHECK(f.store.revoke("never", 1).error().code == "unknown_token");
}

TEST_CASE("All tokens of a subject are revoked together") {
  Fixture f;
  const std::string first = f.token("a"), second = f.token("b");
  REQUIRE(f.gate->check(first).ok());
  CHECK(*f.store.revoke_subject("n8n", f.clock.wall_ms()) == 2);
  CHECK(*f.store.revoke_subject("n8n", f.clock.wall_ms()) == 0);
  CHECK(f.gate->look());
  CHECK_FALSE(f.gate->check(first).ok());
  CHECK_FALSE(f.gate->check(second).ok());
}

TEST_CASE("The use of a token is noted, at most once a minute, and when the gate goes") {
  Fixture f;
  const std::string token = f.token("a");
  CHECK(f.last_used("a") == 0);
  REQUIRE(f.gate->check(token).ok());
  CHECK(f.last_used("a") == 0);
  f.gate->look();
  CHECK(f.last_used("a") == kStartMs);
  f.clock.advance(kNoteUsedMs - 1);
  REQUIRE(f.gate->check(token).ok());
  f.gate->look();
  CHECK(f.last_used("a") == kStartMs);
  f.clock.advance(1);
  f.gate->look();
  CHECK(f.last_used("a") == kStartMs + kNoteUsedMs - 1);
  REQUIRE(f.gate->check(token).ok());
  f.gate.reset();
  CHECK(f.last_used("a") == kStartMs + kNoteUsedMs);
}

TEST_CASE("faults_b6_without_crypto_no_token_is_good") {
  Fixture f;
  const std::string token = f.token("a");
  REQUIRE(f.gate->check(token).ok());
  {
    const test::NoCrypto none;
    CHECK(sha256("x").error().code == "crypto_unavailable");
    // Neither the one that is known, nor one whose digest would be whatever lay on the stack.
    CHECK(f.gate->check(token).error().code == "crypto_unavailable");
    CHECK(f.gate->check("a.b.c").error().kind == ErrorKind::unavailable);
    CHECK(Key::from_public_pem(f.pem.public_pem) == nullptr);
    CHECK_FALSE(f.key->verify("text", std::string(64, '\0')));
    CHECK_FALSE(VerifyingKeys::load(f.directory.path()).ok());
  }
  CHECK(f.gate->check(token).ok());
}
