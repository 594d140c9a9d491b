// Standard Webhooks 1.0.0: message ids and signatures.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo::dispatcher {

// `msg_` and 32 hexadecimal digits: the same for every attempt to deliver this operation to this webhook, different for
// any other pair, also once an instance of the same name was made anew. Error unavailable/crypto_unavailable: nothing
// may be sent then, since a receiver could not tell it from another delivery.
Result<std::string> message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                               std::int64_t op_id);
// The same of what is no operation: `what` must not be a number.
Result<std::string> message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                               std::string_view what);

// Signs with one key, which is prepared once; where that fails, again at the next signature.
// Thread-safety: none.
class Signer {
 public:
  // key: control::secret_key() of the webhook's secret.
  explicit Signer(std::string_view key);

  // `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`. Error unavailable/crypto_unavailable.
  Result<std::string> sign(std::string_view id, std::int64_t timestamp, std::string_view body);

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  void prepare();

  std::string key_;
  std::unique_ptr<EVP_MAC_CTX, Free> context_;  // null: the key could not be prepared
};

}  // namespace choreo::dispatcher
