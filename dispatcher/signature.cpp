#include "dispatcher/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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
  std::string source;
  // None of the parts can hold a slash, so different parts give different sources.
  source.append(instance)
      .append("/")
      .append(epoch)
      .append("/")
      .append(webhook_id)
      .append("/")
      .append(std::to_string(op_id));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  EVP_Digest(source.data(), source.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return "msg_" + hexadecimal(digest.data(), kMessageIdBytes);
}

std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body) {
  std::string content;
  content.reserve(id.size() + body.size() + 32);
  content.append(id).append(".").append(std::to_string(timestamp)).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
       content.size(), digest.data(), &size);
  return "v1," + control::base64({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace choreo::dispatcher
