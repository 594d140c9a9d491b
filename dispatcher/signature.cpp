#include "dispatcher/signature.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <tuple>

#include "base/digest.h"
#include "control/secret.h"

namespace choreo::dispatcher {
namespace {

constexpr std::size_t kMessageIdBytes = 16;

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += "0123456789abcdef"[bytes[i] >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  return out;
}

}  // namespace

Result<std::string> message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                               std::int64_t op_id) {
  return message_id(instance, epoch, webhook_id, std::string_view(std::to_string(op_id)));
}

Result<std::string> message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                               std::string_view what) {
  std::string source;
  // None of the parts can hold a slash, so different parts give different sources.
  source.append(instance).append("/").append(epoch).append("/").append(webhook_id).append("/").append(what);
  CHOREO_ASSIGN(const Sha256 digest, sha256(source));
  return "msg_" + hexadecimal(digest.data(), kMessageIdBytes);
}

Signer::Signer(std::string_view key) : key_(key) {
  prepare();
}

void Signer::prepare() {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  if (hmac == nullptr) return;
  context_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);  // the context keeps its own reference
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (!context_ ||
      EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key_.data()), key_.size(), parameters) != 1)
    context_.reset();
}

Result<std::string> Signer::sign(std::string_view id, std::int64_t timestamp, std::string_view body) {
  const std::string head = std::string(id).append(".").append(std::to_string(timestamp)).append(".");
  if (!context_) prepare();
  const auto add = [this](std::string_view text) {
    return EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  };
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  std::size_t size = 0;
  const bool made = context_ && EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&  // again with the same key
                    add(head) && add(body) && EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) == 1 &&
                    size == std::tuple_size_v<Sha256>;
  if (!made) return crypto_unavailable("the signature of a delivery");
  return "v1," + control::base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace choreo::dispatcher
