#include "access/totp_key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "access/base64url.h"
#include "base/descriptor.h"
#include "base/digest.h"
#include "base/hex.h"

namespace choreo::access {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHexDigits = 64;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

int size_of(std::string_view text) {
  return static_cast<int>(text.size());
}

std::string bound_to(std::string_view subject) {
  return "choreo totp 1 " + std::string(subject);
}

std::string path_in(const std::string& directory) {
  return directory + "/" + kTotpKeyFile;
}

Error bad_key(const std::string& message, ErrorKind kind = ErrorKind::unavailable) {
  return make_error(kind, "bad_keys", "CHOREO_KEYS_DIR: " + message);
}

std::string reason() {
  return std::generic_category().message(errno);
}

}  // namespace

TotpKey::~TotpKey() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Result<TotpKey> TotpKey::load(const std::string& directory) {
  const std::string path = path_in(directory);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
  if (file.get() < 0) return bad_key("'" + path + "': " + reason(), kind);
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return bad_key("'" + path +
                   "' can be read by others, who may have copied it: replace it and the secrets of one-time codes, or, "
                   "if nobody did, chmod 600 it");
  std::array<char, kHexDigits + 2> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  const bool whole = size == kHexDigits || (size == kHexDigits + 1 && text[kHexDigits] == '\n');
  TotpKey key;
  bool digits = whole;
  for (std::size_t i = 0; digits && i < key.bytes_.size(); ++i) {
    const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    digits = high >= 0 && low >= 0;
    key.bytes_[i] = static_cast<unsigned char>(high << 4 | low);
  }
  OPENSSL_cleanse(text.data(), text.size());
  if (!digits) return bad_key("'" + path + "' is not the key of one-time codes, which is 64 hexadecimal digits");
  return key;
}

Status TotpKey::make(const std::string& directory, Random& random) {
  const std::string path = path_in(directory), made = path + ".new." + random.hex(8);
  const Descriptor file(::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return bad_key("'" + path + "' cannot be made: " + reason());
  struct stat owner {};
  const std::string text = random.hex(kHexDigits / 2) + "\n";
  // A link fails where a file is, also one that was made this moment: nothing is ever overwritten.
  const bool done = ::stat(directory.c_str(), &owner) == 0 &&
                    (::geteuid() != 0 || ::fchown(file.get(), owner.st_uid, owner.st_gid) == 0) &&
                    ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    ::fsync(file.get()) == 0 && (::link(made.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const std::string why = reason();
  ::unlink(made.c_str());
  if (!done) return bad_key("'" + path + "' cannot be made: " + why);
  return {};
}

Result<std::string> TotpKey::seal(std::string_view secret, std::string_view subject, Random& random) const {
  std::array<std::uint8_t, kNonceBytes> nonce;
  random.fill(nonce);
  const std::string bound = bound_to(subject);
  std::string cipher_text(secret.size(), '\0'), tag(kTagBytes, '\0');
  int size = 0;
  const Cipher context(EVP_CIPHER_CTX_new());
  // Without a check a secret could be stored as it is, or as zeros.
  const bool sealed =
      context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_.data(), nonce.data()) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(std::string_view(bound)), size_of(bound)) == 1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(cipher_text), &size, bytes_of(secret), size_of(secret)) == 1 &&
      size == size_of(secret) && EVP_EncryptFinal_ex(context.get(), nullptr, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  if (!sealed) return crypto_unavailable("the encryption of a secret");
  return base64url(std::string(nonce.begin(), nonce.end()) + cipher_text + tag);
}

Result<std::string> TotpKey::open(std::string_view sealed, std::string_view subject) const {
  const Error refused = make_error(ErrorKind::unavailable, "bad_totp_secret",
                                   "the secret of '" + std::string(subject) + "' was not encrypted for it with this " +
                                       kTotpKeyFile + ": one of them was replaced or damaged");
  const auto bytes = decode_base64url(sealed);
  if (!bytes || bytes->size() <= kNonceBytes + kTagBytes) return refused;
  const std::string bound = bound_to(subject);
  std::string secret = bytes->substr(kNonceBytes, bytes->size() - kNonceBytes - kTagBytes);
  std::string tag = bytes->substr(bytes->size() - kTagBytes);
  int size = 0;
  const Cipher context(EVP_CIPHER_CTX_new());
  const bool good =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_.data(),
                         bytes_of(std::string_view(*bytes))) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(std::string_view(bound)), size_of(bound)) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(secret), &size, bytes_of(std::string_view(secret)), size_of(secret)) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), nullptr, &size) == 1;
  if (!good) return refused;
  return secret;
}

}  // namespace choreo::access
