// How a webhook's requests look: its url, its headers, its signatures.
// Thread-safety: none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/webhooks.h"
#include "dispatcher/delivery.h"
#include "dispatcher/signature.h"

namespace choreo::dispatcher {

class Envelope {
 public:
  explicit Envelope(const control::Webhook& webhook);

  // A request with this body, signed; after a rotation also with the secret before it, until that expires. now_ms: wall
  // clock. Error unavailable/crypto_unavailable: it cannot be signed.
  Result<Request> seal(std::string_view message, std::shared_ptr<const std::string> body, std::int64_t now_ms) const;
  // The test: `ping` in the body and in a header tell it from an operation.
  Result<Request> ping(const control::Ping& ping, std::int64_t now_ms) const;

 private:
  std::string id_;
  std::string instance_;
  std::string epoch_;
  std::string url_;
  bool cloudevents_ = false;
  std::vector<std::string> custom_headers_;  // lines
  std::string fixed_lines_;                  // those of ours that are the same in every delivery
  mutable Signer signer_;
  mutable std::optional<Signer> old_signer_;
  std::int64_t old_until_ms_ = 0;
};

}  // namespace choreo::dispatcher
