// Fresh Ed25519 keys for tests, as PEM.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

namespace choreo::test {

struct PemPair {
  std::string private_pem, public_pem;
};

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

inline PemPair new_key(const char* type = "ED25519") {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, type);
  BIO* private_bio = BIO_new(BIO_s_mem());
  BIO* public_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(private_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(public_bio, key);
  EVP_PKEY_free(key);
  return {text_of(private_bio), text_of(public_bio)};
}

}  // namespace choreo::test
