#include "log/index_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace choreo::log {
namespace {

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileIdentity{info.st_dev, info.st_ino};
}

}  // namespace

struct IndexFile::Mapped {
  std::string path;  // of the database
  FileIdentity file;
  std::optional<FileIdentity> index;  // nothing: it is no file that could be looked at

  std::string index_path() const { return path + "-shm"; }
  bool in_place() const {
    if (!index || identity_of(index_path()) == index) return true;
    return identity_of(path) != file;  // deleted or replaced as a whole, which is another matter
  }
};

namespace {

[[noreturn]] void end_process(const std::string& index_path) {
  // The exit status tells as well where this cannot be written.
  static_cast<void>(std::fprintf(stderr,
                                 "%s was removed or replaced while it was in use: this process ends, since only a new "
                                 "one can use the one that is there\n",
                                 index_path.c_str()));
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

IndexFile::IndexFile(std::shared_ptr<const Mapped> mapped) : mapped_(std::move(mapped)) {}

IndexFile IndexFile::of(const std::string& path, const FileIdentity& file) {
  static std::mutex mutex;
  static std::map<std::pair<std::uint64_t, std::uint64_t>, std::weak_ptr<const Mapped>> all;  // guarded by mutex
  const std::lock_guard lock(mutex);
  std::weak_ptr<const Mapped>& known = all[{file.device, file.inode}];
  if (auto mapped = known.lock()) return IndexFile(std::move(mapped));
  std::erase_if(all, [&](const auto& entry) { return &entry.second != &known && entry.second.expired(); });
  auto mapped = std::make_shared<const Mapped>(Mapped{path, file, identity_of(path + "-shm")});
  known = mapped;
  return IndexFile(std::move(mapped));
}

void IndexFile::check() const {
  if (!mapped_->in_place()) end_process(mapped_->index_path());
}

void IndexFile::check_committed() const noexcept {
  if (mapped_->in_place()) return;
  unlink(mapped_->index_path().c_str());  // whoever has it finds that out; the next to open reads the whole log
  end_process(mapped_->index_path());
}

}  // namespace choreo::log
