#include <catch2/catch.hpp>
#include <optional>

#include "control/secret.h"
#include "dispatcher/signature.h"
#include "support/no_crypto.h"

using namespace choreo;
using dispatcher::message_id;
using dispatcher::Signer;

TEST_CASE("the signature is that of the Standard Webhooks example") {
  const auto key = control::secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key.has_value());
  CHECK(*Signer(*key).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("id, timestamp, body and key all count") {
  Signer signer("key");
  const std::string base = *signer.sign("msg_1", 1, "{}");
  CHECK(*Signer("key").sign("msg_1", 1, "{}") == base);
  CHECK(*Signer("kez").sign("msg_1", 1, "{}") != base);
  CHECK(*signer.sign("msg_2", 1, "{}") != base);
  CHECK(*signer.sign("msg_1", 2, "{}") != base);
  CHECK(*signer.sign("msg_1", 1, "[]") != base);
  CHECK(*signer.sign("msg_1", 1, "{}") == base);  // nothing is left from those between
}

TEST_CASE("a message id is the same on every attempt and differs for every other delivery") {
  const std::string id = *message_id("shop", "e1", "wh_1", 7);
  CHECK(id == *message_id("shop", "e1", "wh_1", 7));
  CHECK(id.size() == 36);
  CHECK(id.starts_with("msg_"));
  CHECK(id.find('.') == std::string::npos);
  CHECK(id != *message_id("shop2", "e1", "wh_1", 7));
  CHECK(id != *message_id("shop", "e2", "wh_1", 7));
  CHECK(id != *message_id("shop", "e1", "wh_2", 7));
  CHECK(id != *message_id("shop", "e1", "wh_1", 8));
}

TEST_CASE("faults_b6_what_cannot_be_signed_is_not_sent") {
  Signer signer("key");
  const std::string base = *signer.sign("msg_1", 1, "{}");
  std::optional<Signer> made_without;
  {
    const test::NoCrypto none;
    CHECK(message_id("shop", "e1", "wh_1", 7).error().code == "crypto_unavailable");
    made_without.emplace("key");
    CHECK(made_without->sign("msg_1", 1, "{}").error().kind == ErrorKind::unavailable);
  }
  CHECK(*made_without->sign("msg_1", 1, "{}") == base);
}
