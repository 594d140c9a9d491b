#include "ctl/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <system_error>

#include "base/descriptor.h"

namespace choreo::ctl {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBlock = 1 << 20;

Descriptor open_file(const std::string& path, int flags, mode_t mode = 0) {
  return Descriptor(::open(path.c_str(), flags | O_CLOEXEC, mode));
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_error("write '" + path + "'", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// Calls each() with all of the file, a block at a time.
Status read_blocks(const std::string& path, const std::function<Status(std::string_view)>& each) {
  const Descriptor in = open_file(path, O_RDONLY);
  if (in.get() < 0) return file_error("open '" + path + "'", errno);
  std::string block(kBlock, '\0');
  while (true) {
    const ssize_t got = read(in.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read '" + path + "'", errno);
    if (got == 0) return {};
    CHOREO_TRY(each(std::string_view(block.data(), static_cast<std::size_t>(got))));
  }
}

// flags: how it is opened for writing.
Status write_with(const std::string& path, int flags, const std::function<Status(int)>& fill) {
  const Descriptor out = open_file(path, O_WRONLY | flags, 0600);
  if (out.get() < 0) return file_error("make '" + path + "'", errno);
  CHOREO_TRY(fill(out.get()));
  return fsync(out.get()) == 0 ? Status() : Status(file_error("sync '" + path + "'", errno));
}

Status copy_with(const std::string& from, const std::string& to, int flags) {
  return write_with(to, flags, [&](int fd) {
    return read_blocks(from, [&](std::string_view block) { return write_all(fd, block, to); });
  });
}

}  // namespace

Status make_directory(const std::string& path) {
  return mkdir(path.c_str(), 0700) == 0 ? Status() : Status(file_error("make '" + path + "'", errno));
}

Status make_file(const std::string& path) {
  const Descriptor out = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  return out.get() >= 0 ? Status() : Status(file_error("make '" + path + "'", errno));
}

Status write_file(const std::string& path, std::string_view text) {
  return write_with(path, O_CREAT | O_EXCL, [&](int fd) { return write_all(fd, text, path); });
}

Status copy_file(const std::string& from, const std::string& to) {
  return copy_with(from, to, O_CREAT | O_EXCL);
}

Status copy_into(const std::string& from, const std::string& to) {
  return copy_with(from, to, O_TRUNC);
}

Status sync_directory(const std::string& path) {
  const Descriptor directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (directory.get() < 0) return file_error("open '" + path + "'", errno);
  return fsync(directory.get()) == 0 ? Status() : Status(file_error("sync '" + path + "'", errno));
}

Status rename_file(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  int error = errno;
  struct stat there {};
  if (error == EINVAL) {  // the file system cannot rename like this
    error = lstat(to.c_str(), &there) == 0 ? EEXIST : 0;
    if (error == 0 && rename(from.c_str(), to.c_str()) == 0) return {};
    if (error == 0) error = errno;
  }
  return file_error("rename to '" + to + "'", error);
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::string text;
  CHOREO_TRY(read_blocks(path, [&](std::string_view block) -> Status {
    text += block;
    if (text.size() <= max_bytes) return {};
    return make_error(ErrorKind::too_large, "too_large",
                      path + " is longer than " + std::to_string(max_bytes) + " bytes");
  }));
  return text;
}

Result<std::string> sha256_of(const std::string& path) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto failed = [] { return make_error(ErrorKind::internal, "openssl", "OpenSSL has no SHA-256"); };
  if (digest == nullptr || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) return failed();
  CHOREO_TRY(read_blocks(path, [&](std::string_view block) -> Status {
    return EVP_DigestUpdate(digest.get(), block.data(), block.size()) == 1 ? Status() : Status(failed());
  }));
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(digest.get(), bytes, &size) != 1) return failed();
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

Result<std::vector<std::string>> files_below(const std::string& directory) {
  std::vector<std::string> found;
  std::error_code error;
  if (!fs::exists(directory, error)) return found;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) found.push_back(it->path().lexically_relative(directory).string());
  if (error)
    return make_error(ErrorKind::unavailable, "storage_unavailable", "list '" + directory + "': " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

Status give_to_owner_of(const std::string& path, const std::string& reference) {
  if (geteuid() != 0) return {};
  struct stat info {};
  if (stat(reference.c_str(), &info) != 0) return file_error("look at '" + reference + "'", errno);
  return lchown(path.c_str(), info.st_uid, info.st_gid) == 0 ? Status()
                                                             : Status(file_error("give '" + path + "'", errno));
}

}  // namespace choreo::ctl
