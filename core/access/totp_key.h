// The key that secrets of one-time codes are encrypted with in control.db: totp.key in CHOREO_KEYS_DIR, 32 random bytes
// as 64 hexadecimal digits, made by scripts/generate-secrets or by `choreoctl totp enable`.
//
// AES-256-GCM with a random nonce; a secret is bound to its subject, so that it cannot be moved to another's row.
// Thread-safety: constant after construction. Ownership: owns its bytes and wipes them.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace choreo::access {

inline constexpr const char* kTotpKeyFile = "totp.key";

class TotpKey {
 public:
  // Errors: not_found/bad_keys where there is none; unavailable/bad_keys where it is no key, or others may read it.
  // Each a whole sentence that names the file and what to do.
  static Result<TotpKey> load(const std::string& directory);
  // Makes the file, readable by its owner only, who is the directory's; one that is there stays. Errors as above.
  static Status make(const std::string& directory, Random& random);
  ~TotpKey();
  TotpKey(TotpKey&&) = default;
  TotpKey& operator=(TotpKey&&) = default;

  // base64url of nonce, ciphertext and tag. Error unavailable/crypto_unavailable.
  Result<std::string> seal(std::string_view secret, std::string_view subject, Random& random) const;
  // Error unavailable/bad_totp_secret: not sealed with this key for this subject.
  Result<std::string> open(std::string_view sealed, std::string_view subject) const;

 private:
  TotpKey() = default;
  std::array<unsigned char, 32> bytes_{};
};

}  // namespace choreo::access
