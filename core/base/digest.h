// SHA-256 by libcrypto, which may fail (no memory, a configuration that forbids it): the digest is there only where it
// was made. Whoever uses it links libcrypto. Thread-safety: pure functions.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo {

using Sha256 = std::array<unsigned char, 32>;

// What was not computed must not be used: a request that needs it is refused.
Error crypto_unavailable(const std::string& what);

inline Result<Sha256> sha256(std::string_view bytes) {
  Sha256 digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 || size != digest.size())
    return crypto_unavailable("a digest");
  return digest;
}

}  // namespace choreo
