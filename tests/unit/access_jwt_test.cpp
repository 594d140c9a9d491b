// Signing, verifying and refusing tokens; scopes; key files.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "access/base64url.h"
#include "access/credentials.h"
#include "access/jwt.h"
#include "support/temporary_directory.h"
#include "unit/access_keys.h"

using namespace choreo;
using namespace choreo::access;

namespace {

Claims some_claims() {
  return {"0a1b", "n8n", {{"shop", Level::write}, {"*", Level::read}}, 100, 100, 200};
}

void write(const std::string& path, const std::string& text, mode_t mode) {
  std::ofstream(path) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("A signed token gives its claims back, to the key that signed it") {
  const auto pem = test::new_key();
  const auto key = Key::from_private_pem(pem.private_pem);
  VerifyingKeys keys, others;
  keys.add(Key::from_public_pem(pem.public_pem));
  others.add(Key::from_public_pem(test::new_key().public_pem));
  const auto token = sign_token(some_claims(), *key);
  REQUIRE(token.ok());
  const auto claims = verify_token(*token, keys);
  REQUIRE(claims.ok());
  CHECK(claims->id == "0a1b");
  CHECK(claims->subject == "n8n");
  CHECK(to_string(claims->scopes) == "shop:write *:read");
  CHECK(claims->issued == 100);
  CHECK(claims->not_before == 100);
  CHECK(claims->expires == 200);
  CHECK(verify_token(*token, others).error().message.find("kid") != std::string::npos);
}

TEST_CASE("A token of which a byte was changed is refused") {
  const auto pem = test::new_key();
  const auto key = Key::from_private_pem(pem.private_pem);
  VerifyingKeys keys;
  keys.add(Key::from_public_pem(pem.public_pem));
  const std::string token = *sign_token(some_claims(), *key);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    INFO(i);
    const auto claims = verify_token(changed, keys);
    REQUIRE_FALSE(claims.ok());
    CHECK(claims.error().code == "bad_token");
  }
}

TEST_CASE("The algorithm is Ed25519 whatever the token says") {
  const auto pem = test::new_key();
  const auto key = Key::from_private_pem(pem.private_pem);
  VerifyingKeys keys;
  keys.add(Key::from_public_pem(pem.public_pem));
  const std::string token = *sign_token(some_claims(), *key);
  const std::string payload = token.substr(token.find('.'), token.rfind('.') - token.find('.'));
  for (const char* algorithm : {"none", "HS256", "RS256", "eddsa", ""}) {
    const std::string header = base64url(std::string("{\"alg\":\"") + algorithm + "\",\"kid\":\"" + key->id() + "\"}");
    for (const std::string& signature : {std::string(), base64url(key->sign(header + payload))}) {
      const auto claims = verify_token(header + payload + "." + signature, keys);
      REQUIRE_FALSE(claims.ok());
      CHECK(claims.error().message.find("EdDSA") != std::string::npos);
    }
  }
  const std::string header = base64url("{\"alg\":\"EdDSA\",\"kid\":\"" + key->id() + "\"}");
  CHECK_FALSE(verify_token(header + payload + ".", keys).ok());
  CHECK(verify_token(header + payload + "." + base64url(key->sign(header + payload)), keys).ok());
}

TEST_CASE("A scope holds for its instance and for what is below its level") {
  const auto scopes = parse_scopes("shop:write *:read demo:admin");
  REQUIRE(scopes.ok());
  CHECK(allows(*scopes, "shop", Level::read));
  CHECK(allows(*scopes, "shop", Level::write));
  CHECK_FALSE(allows(*scopes, "shop", Level::admin));
  CHECK(allows(*scopes, "other", Level::read));
  CHECK_FALSE(allows(*scopes, "other", Level::write));
  CHECK(allows(*scopes, "demo", Level::admin));
  CHECK_FALSE(allows(*scopes, "*", Level::admin));
  for (const char* wrong :
       {"", "shop", "shop:", "shop:owner", "Shop:read", ":read", "*:READ", "a:read  b:read", "a:read "})
    CHECK(parse_scopes(wrong).error().code == "bad_scope");
}

TEST_CASE("A private key that others may read stops everybody, and so does a missing or another kind of key") {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path();
  CHECK(VerifyingKeys::load(path).error().code == "bad_keys");
  const auto pem = test::new_key();
  write(path + "/jwt_public.pem", pem.public_pem, 0644);
  CHECK(VerifyingKeys::load(path).ok());
  CHECK(load_signing_key(path).error().code == "bad_keys");
  for (const mode_t mode : {0640, 0604, 0660}) {
    write(path + "/jwt_private.pem", pem.private_pem, mode);
    CHECK(VerifyingKeys::load(path).error().message.find("can be read by others") != std::string::npos);
    CHECK(load_signing_key(path).error().message.find("can be read by others") != std::string::npos);
  }
  write(path + "/jwt_private.pem", pem.private_pem, 0600);
  CHECK(VerifyingKeys::load(path).ok());
  CHECK(load_signing_key(path).ok());
  write(path + "/jwt_public.old.pem", test::new_key("ED448").public_pem, 0644);
  CHECK(VerifyingKeys::load(path).error().message.find("Ed25519") != std::string::npos);
  write(path + "/jwt_public.old.pem", "no key", 0644);
  CHECK_FALSE(VerifyingKeys::load(path).ok());
  write(path + "/jwt_public.old.pem", test::new_key().public_pem, 0644);
  CHECK(VerifyingKeys::load(path).ok());
}

TEST_CASE("The token is taken from the header, then the query, then the cookie") {
  CHECK(*token_of({"Bearer a", "choreo_session=b", {}, "c"}) == "a");
  CHECK(*token_of({"bearer  a ", ""}) == "a");
  CHECK(*token_of({"", "choreo_session=b", {}, "c"}) == "c");
  CHECK(*token_of({"", "x=y; choreo_session=b; z=", {.fetch_site = "same-origin"}}) == "b");
  CHECK(*token_of({"", "choreo_session=b", {.fetch_site = "none"}}) == "b");
  CHECK(token_of({"Basic a", "choreo_session=b"}).error().code == "bad_token");
  for (const char* site : {"cross-site", "same-site", "whatever"})
    CHECK(token_of({"", "choreo_session=b", {.fetch_site = site}}).error().code == "token_missing");
  for (const char* cookies : {"", ";;", "choreo_session", "choreo_session=", "xchoreo_session=b", "choreo_sessions=b"})
    CHECK(token_of({"", cookies}).error().code == "token_missing");
}
