// Ed25519 keys in a directory (CHOREO_KEYS_DIR): jwt_private.pem signs, jwt_public.pem and jwt_public.*.pem verify.
//
// Only choreoctl signs; the daemons verify, and read no private key. Invariant: a private key that others may read is
// refused, by the daemons too. A key's id is its thumbprint (RFC 7638), so that files may have any order and name.
// Thread-safety: constant after construction. Ownership: owns its keys.
#pragma once

#include <openssl/types.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::access {

inline constexpr const char* kPrivateKeyFile = "jwt_private.pem";
inline constexpr const char* kPublicKeyFile = "jwt_public.pem";

class Key {
 public:
  // pem: of a public key, or of a private one. Nothing unless it is Ed25519.
  static std::unique_ptr<Key> from_public_pem(const std::string& pem);
  static std::unique_ptr<Key> from_private_pem(const std::string& pem);
  ~Key();
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  const std::string& id() const { return id_; }
  bool verify(std::string_view text, std::string_view signature) const;
  // REQUIRES: a private key.
  std::string sign(std::string_view text) const;

 private:
  static std::unique_ptr<Key> adopt(EVP_PKEY* key);
  Key(EVP_PKEY* key, std::string id) : key_(key), id_(std::move(id)) {}
  EVP_PKEY* key_;
  std::string id_;
};

class VerifyingKeys {
 public:
  // Errors invalid/bad_keys: a whole sentence that names the file and what to do.
  static Result<VerifyingKeys> load(const std::string& directory);
  void add(std::unique_ptr<Key> key);
  // Null if there is none of that id.
  const Key* find(std::string_view id) const;

 private:
  std::map<std::string, std::unique_ptr<Key>, std::less<>> keys_;
};

// Errors as above.
Result<std::unique_ptr<Key>> load_signing_key(const std::string& directory);

}  // namespace choreo::access
