// The second factor over a real registry and key file: what is taken once, counted, waited for, and refused.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "access/second_factor.h"
#include "access/totp.h"
#include "access/totp_key.h"
#include "support/no_crypto.h"
#include "support/temporary_directory.h"

using namespace choreo;
using namespace choreo::access;

namespace {

constexpr std::int64_t kStartMs = 1'800'000'000'000;
constexpr std::string_view kSecret = "a secret of 20 bytes";
constexpr std::int64_t kStepMs = kStepSecs * 1000;

class Fixture {
 public:
  Fixture() {
    REQUIRE(TotpKey::make(path(), random).ok());
    add("alice", kSecret);
  }
  std::string path() const { return directory.path(); }
  std::string key_file() const { return path() + "/" + kTotpKeyFile; }
  void add(const std::string& subject, std::string_view secret, bool confirmed = true) {
    control::TotpRecord record{subject, *TotpKey::load(path())->seal(secret, subject, random), confirmed};
    record.created_ms = clock.wall_ms();
    REQUIRE(store.add(record).ok());
  }
  std::string code(std::int64_t steps_away = 0, std::string_view secret = kSecret) {
    return *code_of(secret, step_at(clock.wall_ms()) + steps_away);
  }
  std::string wrong() {
    std::string text = code();
    for (const std::int64_t away : {-1, 0, 1})
      if (text == code(away)) text[0] = text[0] == '9' ? '0' : static_cast<char>(text[0] + 1);
    return text;
  }
  // The code of the refusal, "" where it was let in.
  std::string ask(const std::optional<std::string>& code_given, const std::string& subject = "alice") {
    refusal = factor->check(subject, code_given);
    return refusal ? refusal->error.code : "";
  }
  void restart() { factor = std::make_unique<SecondFactor>(path(), path(), clock); }

  const test::TemporaryDirectory directory;
  SeededRandom random{7};
  ManualClock clock{kStartMs};
  control::TotpStore store = *control::TotpStore::open(directory.path());
  std::unique_ptr<SecondFactor> factor = std::make_unique<SecondFactor>(directory.path(), directory.path(), clock);
  std::optional<Refusal> refusal;
};

}  // namespace

TEST_CASE("Who has no second factor, or an unconfirmed one, is let in without a code") {
  Fixture f;
  f.add("new", kSecret, false);
  CHECK(f.ask(std::nullopt, "bob") == "");
  CHECK(f.ask("anything", "bob") == "");
  CHECK(f.ask(std::nullopt, "new") == "");
}

TEST_CASE("A code is asked for, and taken once, by whichever process") {
  Fixture f;
  CHECK(f.ask(std::nullopt) == "code_required");
  CHECK(f.ask("") == "code_required");
  const std::string code = f.code();
  CHECK(f.ask(code.substr(0, 3) + " " + code.substr(3)) == "");
  CHECK(f.ask(code) == "code_used");
  f.restart();
  CHECK(f.ask(code) == "code_used");
  CHECK(f.ask(f.code(-1)) == "code_used");
  CHECK(f.ask(f.code(1)) == "");
  CHECK(f.ask(f.code(1)) == "code_used");
  CHECK((*f.store.find("alice"))->failures == 0);
}

TEST_CASE("Wrong codes are counted across restarts, then none is looked at for a while") {
  Fixture f;
  std::int64_t wait_ms = kFirstLockMs;
  for (int round = 0; round < 6; ++round) {
    for (int i = 1; i < kCodeAttempts; ++i) {
      CHECK(f.ask(f.wrong()) == "wrong_code");
      f.restart();
    }
    CHECK(f.ask(f.wrong()) == "too_many_codes");
    CHECK(f.refusal->retry_after_secs == wait_ms / 1000);
    CHECK(f.ask(f.code()) == "too_many_codes");
    f.clock.advance(wait_ms - 1);
    CHECK(f.ask(f.code()) == "too_many_codes");
    CHECK(f.refusal->retry_after_secs == 1);
    f.clock.advance(1);
    wait_ms = std::min(2 * wait_ms, kLongestLockMs);
  }
  CHECK(f.ask(f.code()) == "");
  CHECK((*f.store.find("alice"))->failures == 0);
  f.clock.advance(kStepMs);
  CHECK(f.ask(f.wrong()) == "wrong_code");
}

TEST_CASE("What is no code costs no attempt") {
  Fixture f;
  for (int i = 0; i < 20; ++i) CHECK(f.ask("12345") == "wrong_code");
  CHECK(f.ask(f.code()) == "");
}

TEST_CASE("A lock of a clock that was ahead does not last, a code of such a time is said to be one") {
  Fixture f;
  constexpr std::int64_t kYearMs = 365LL * 24 * 3600 * 1000;
  f.clock.set_wall(kStartMs + kYearMs);
  for (int i = 0; i < kCodeAttempts; ++i) f.ask(f.wrong());
  f.clock.set_wall(kStartMs);
  CHECK(f.ask(f.code()) == "");
  f.clock.set_wall(kStartMs + kYearMs);
  CHECK(f.ask(f.code()) == "");
  f.clock.set_wall(kStartMs + kStepMs);
  CHECK(f.ask(f.code()) == "code_used");
  CHECK(f.refusal->error.message.find("set back") != std::string::npos);
}

TEST_CASE("A secret that was moved, changed or left by another key lets nobody in, and says why") {
  Fixture f;
  f.add("mallory", "another of 20 bytes!");
  const std::string sealed = (*f.store.find("mallory"))->secret;
  const auto put = [&](const std::string& secret) {
    REQUIRE(
        f.store.change("alice", [&](control::TotpRecord& record) -> Status { return record.secret = secret, Status(); })
            .ok());
  };
  const std::string own = (*f.store.find("alice"))->secret;
  std::string changed = own;
  changed[30] = changed[30] == 'A' ? 'B' : 'A';
  for (const std::string& secret : {sealed, changed, own.substr(0, own.size() - 4), std::string("?"), std::string()}) {
    put(secret);
    CHECK(f.ask(f.code(0, "another of 20 bytes!")) == "totp_unavailable");
    CHECK(f.ask(f.code()) == "totp_unavailable");
    CHECK(f.refusal->error.message.find("alice") != std::string::npos);
  }
  put(own);
  std::filesystem::remove(f.key_file());
  CHECK(f.ask(f.code()) == "totp_unavailable");
  CHECK(f.refusal->error.message.find(f.key_file()) != std::string::npos);
  REQUIRE(TotpKey::make(f.path(), f.random).ok());
  CHECK(f.ask(f.code()) == "totp_unavailable");
}

TEST_CASE("The key is private, whole, and never overwritten") {
  Fixture f;
  const auto text = [&] {
    std::ifstream in(f.key_file());
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string before = text();
  CHECK(before.size() == 65);
  CHECK(std::filesystem::status(f.key_file()).permissions() == std::filesystem::perms(0600));
  REQUIRE(TotpKey::make(f.path(), f.random).ok());
  CHECK(text() == before);
  std::filesystem::permissions(f.key_file(), std::filesystem::perms(0640));
  CHECK(TotpKey::load(f.path()).error().code == "bad_keys");
  std::filesystem::permissions(f.key_file(), std::filesystem::perms(0600));
  for (const std::string& bad :
       {std::string(), before.substr(1), before + "0", std::string(64, 'x'), before + before}) {
    std::ofstream(f.key_file()) << bad;
    CHECK(TotpKey::load(f.path()).error().kind == ErrorKind::unavailable);
  }
  CHECK(TotpKey::load(f.path() + "/nowhere").error().kind == ErrorKind::not_found);
}

TEST_CASE("A secret is not readable where it lies") {
  Fixture f;
  const std::string sealed = (*f.store.find("alice"))->secret;
  const TotpKey key = std::move(*TotpKey::load(f.path()));
  CHECK(*key.open(sealed, "alice") == kSecret);
  CHECK_FALSE(key.open(sealed, "alicf").ok());
  CHECK(*key.seal(kSecret, "alice", f.random) != *key.seal(kSecret, "alice", f.random));
  for (const auto& file : std::filesystem::directory_iterator(f.path())) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    CHECK(bytes.find(kSecret) == std::string::npos);
    CHECK(bytes.find(base32(kSecret)) == std::string::npos);
  }
}

TEST_CASE("faults_b6_without_crypto_no_code_is_right_and_nothing_is_sealed") {
  Fixture f;
  const TotpKey key = std::move(*TotpKey::load(f.path()));
  const std::string sealed = (*f.store.find("alice"))->secret;
  const std::string code = f.code();
  {
    const test::NoCrypto none;
    CHECK(code_of(kSecret, 1).error().code == "crypto_unavailable");
    for (const std::string& guess : {code, std::string("000000"), std::string("111111")}) {
      CHECK_FALSE(match_code(kSecret, guess, step_at(f.clock.wall_ms()), 0).ok());
      CHECK_FALSE(f.ask(guess).empty());
    }
    CHECK(key.seal(kSecret, "alice", f.random).error().code == "crypto_unavailable");
    CHECK_FALSE(key.open(sealed, "alice").ok());
  }
  CHECK(f.ask(code).empty());
}
