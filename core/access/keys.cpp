#include "access/keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "access/base64url.h"
#include "base/digest.h"

namespace choreo::access {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::uintmax_t kMaxPemBytes = 16384;
constexpr std::string_view kPublicPrefix = "jwt_public.";
constexpr std::string_view kPemSuffix = ".pem";
constexpr const char* kGiveThem = "; the keys must belong to the user of the processes";
constexpr const char* kMakeThem =
    "; scripts/generate-secrets (in the package /usr/lib/choreo/generate-secrets) makes the keys";

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The public key as RFC 8037 has it, hashed as RFC 7638 has it.
Result<std::string> thumbprint(std::string_view raw_key) {
  const std::string jwk = R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url(raw_key) + "\"}";
  CHOREO_ASSIGN(const Sha256 digest, sha256(jwk));
  return base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Error bad_keys(const std::string& message) {
  return invalid("bad_keys", "CHOREO_KEYS_DIR: " + message);
}

Error cannot_read(const std::string& path, const std::error_code& error) {
  const bool denied = error == std::errc::permission_denied;
  return bad_keys("'" + path + "': " + error.message() + (denied ? kGiveThem : kMakeThem));
}

Result<std::string> read_pem(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return cannot_read(path.string(), error);
  if (size > kMaxPemBytes) return bad_keys("'" + path.string() + "' is too large for a key");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return cannot_read(path.string(), {errno, std::generic_category()});
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) return cannot_read(path.string(), {EIO, std::generic_category()});
  return text;
}

// A key that was readable by others may be known to them.
Status check_private(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};  // whoever needs it says that it is missing
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return bad_keys("'" + path.string() +
                  "' can be read by others, who may have copied it: replace the keys, or, if nobody did, chmod 600 it");
}

bool is_public_key_file(const std::string& name) {
  return name.starts_with(kPublicPrefix) && name.ends_with(kPemSuffix);
}

}  // namespace

Key::~Key() {
  EVP_PKEY_free(key_);
}

std::unique_ptr<Key> Key::adopt(EVP_PKEY* key) {
  std::array<unsigned char, kKeyBytes> raw;
  std::size_t size = raw.size();
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1) {
    EVP_PKEY_free(key);
    return nullptr;
  }
  auto id = thumbprint({reinterpret_cast<const char*>(raw.data()), size});
  if (!id.ok()) {
    EVP_PKEY_free(key);
    return nullptr;
  }
  return std::unique_ptr<Key>(new Key(key, std::move(*id)));
}

std::unique_ptr<Key> Key::from_public_pem(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  return adopt(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

std::unique_ptr<Key> Key::from_private_pem(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  // A pass phrase is never asked for at a terminal: an encrypted key is refused.
  const auto no_phrase = [](char*, int, int, void*) { return -1; };
  return adopt(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_phrase, nullptr));
}

bool Key::verify(std::string_view text, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  const Context context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

std::string Key::sign(std::string_view text) const {
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text),
                     text.size()) != 1 ||
      size != kSignatureBytes)
    return {};
  return signature;
}

void VerifyingKeys::add(std::unique_ptr<Key> key) {
  keys_[key->id()] = std::move(key);
}

const Key* VerifyingKeys::find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second.get();
}

Result<VerifyingKeys> VerifyingKeys::load(const std::string& directory) {
  CHOREO_TRY(check_private(fs::path(directory) / kPrivateKeyFile));
  std::vector<fs::path> files = {fs::path(directory) / kPublicKeyFile};
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (is_public_key_file(it->path().filename().string()) && it->path() != files.front()) files.push_back(it->path());
  if (error) return cannot_read(directory, error);
  VerifyingKeys keys;
  for (const fs::path& path : files) {
    CHOREO_ASSIGN(const std::string pem, read_pem(path));
    auto key = Key::from_public_pem(pem);
    if (!key) return bad_keys("'" + path.string() + "' is not the PEM of an Ed25519 public key");
    keys.add(std::move(key));
  }
  return keys;
}

Result<std::unique_ptr<Key>> load_signing_key(const std::string& directory) {
  const fs::path path = fs::path(directory) / kPrivateKeyFile;
  CHOREO_TRY(check_private(path));
  CHOREO_ASSIGN(const std::string pem, read_pem(path));
  auto key = Key::from_private_pem(pem);
  if (!key) return bad_keys("'" + path.string() + "' is not the PEM of an Ed25519 private key without a pass phrase");
  return key;
}

}  // namespace choreo::access
