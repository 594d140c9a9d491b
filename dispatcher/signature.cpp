#include "dispatcher/signature.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

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

std::string message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                       std::int64_t op_id) {
  return message_id(instance, epoch, webhook_id, std::string_view(std::to_string(op_id)));
}

std::string message_id(std::string_view instance, std::string_view epoch, std::string_view webhook_id,
                       std::string_view what) {
  std::string source;
  // None of the parts can hold a slash, so different parts give different sources.
  source.append(instance).append("/").append(epoch).append("/").append(webhook_id).append("/").append(what);
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // looking it up costs more than using it
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(source.data(), source.size(), digest.data(), nullptr, sha256, nullptr);
  return "msg_" + hexadecimal(digest.data(), kMessageIdBytes);
}

Signer::Signer(std::string_view key) {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  context_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);  // the context keeps its own reference
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters);
}

std::string Signer::sign(std::string_view id, std::int64_t timestamp, std::string_view body) {
  const std::string head = std::string(id).append(".").append(std::to_string(timestamp)).append(".");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  std::size_t size = 0;
  EVP_MAC_init(context_.get(), nullptr, 0, nullptr);  // again with the same key
  EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(head.data()), head.size());
  EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(body.data()), body.size());
  EVP_MAC_final(context_.get(), digest.data(), &size, digest.size());
  return "v1," + control::base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace choreo::dispatcher
