#include "log/instances.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/file_error.h"
#include "base/ids.h"
#include "log/create.h"

namespace choreo::log {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".db";
// Held from counting until the new one is there. No slug can hold a dot.
constexpr const char* kCountLock = "instances.count";
constexpr mode_t kLockMode = 0660;  // the umask narrows it

Status make_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return make_error(ErrorKind::unavailable, "data_dir",
                    "cannot make '" + path + "': " + error.message() +
                        "; CHOREO_DIR names the data directory, which must belong to the user of the processes");
}

// A removed or renamed name is durable only once its directory is.
Status sync_directory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error("open '" + path + "'", errno);
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  return result == 0 ? Status() : Status(file_error("sync '" + path + "'", error));
}

Status unlink_if_there(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return file_error("remove '" + path + "'", errno);
}

// Whatever else is wrong with the path, something may be there.
bool is_there(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 || errno != ENOENT;
}

}  // namespace

Error unknown_instance(const std::string& slug) {
  return make_error(ErrorKind::not_found, "unknown_instance",
                    "instance '" + slug + "' does not exist; POST /instances {\"slug\":\"" + slug + "\"} creates it");
}

Result<Instances> Instances::open(std::string dir) {
  Instances instances(std::move(dir));
  CHOREO_TRY(make_directory(instances.control_dir() + "/locks"));
  CHOREO_TRY(make_directory(instances.control_dir() + "/tmp"));
  return instances;
}

Result<std::vector<std::string>> Instances::list() const {
  std::vector<std::string> slugs;
  std::error_code error;
  for (fs::directory_iterator it(dir_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    std::string slug = name.substr(0, name.size() - std::strlen(kSuffix));
    if (check_slug(slug).ok()) slugs.push_back(std::move(slug));
  }
  if (error) return make_error(ErrorKind::unavailable, "data_dir", "cannot list '" + dir_ + "': " + error.message());
  std::sort(slugs.begin(), slugs.end());
  return slugs;
}

Result<FileIdentity> Instances::identity(const std::string& slug) const {
  struct stat info {};
  if (stat(db_path(slug).c_str(), &info) == 0) return FileIdentity{info.st_dev, info.st_ino};
  if (errno == ENOENT || errno == ENOTDIR) return unknown_instance(slug);
  return file_error("stat '" + db_path(slug) + "'", errno);
}

Status Instances::check_room() const {
  if (most_ == 0) return {};
  CHOREO_ASSIGN(const std::vector<std::string> slugs, list());
  if (static_cast<std::int64_t>(slugs.size()) < most_) return {};
  return make_error(ErrorKind::conflict, "too_many_instances",
                    "there are " + std::to_string(slugs.size()) +
                        " instances, and this server has CHOREO_MAX_INSTANCES=" + std::to_string(most_) +
                        "; delete one, or have it raised");
}

Status Instances::create(const std::string& slug) const {
  CHOREO_TRY(check_slug(slug));
  if (!identity(slug).ok()) CHOREO_TRY(check_room());  // so that what is refused leaves no lock file either
  CHOREO_ASSIGN(const InstanceLock lock, InstanceLock::acquire(*this, slug));
  if (identity(slug).ok())
    return make_error(ErrorKind::conflict, "instance_exists", "instance '" + slug + "' already exists");
  std::optional<InstanceLock> counting;
  if (most_ > 0) {
    CHOREO_ASSIGN(InstanceLock held, InstanceLock::acquire(*this, kCountLock));
    counting.emplace(std::move(held));
    CHOREO_TRY(check_room());
  }
  // Made aside and renamed into place: whoever sees the name sees a whole database.
  const std::string made = control_dir() + "/tmp/" + slug + "." + std::to_string(getpid()) + kSuffix;
  for (const char* tail : {"", "-wal", "-shm"}) {
    CHOREO_TRY(unlink_if_there(made + tail));
    CHOREO_TRY(unlink_if_there(db_path(slug) + tail));
  }
  CHOREO_TRY(create_database(made));
  for (const char* tail : {"-wal", "-shm"}) CHOREO_TRY(unlink_if_there(made + tail));
  if (rename(made.c_str(), db_path(slug).c_str()) != 0) return file_error("make '" + db_path(slug) + "'", errno);
  return sync_directory(dir_);
}

Status Instances::remove(const std::string& slug) const {
  CHOREO_TRY(check_slug(slug));
  CHOREO_ASSIGN([[maybe_unused]] const FileIdentity there, identity(slug));  // before there is a lock file
  CHOREO_ASSIGN(InstanceLock lock, InstanceLock::acquire(*this, slug));
  return remove_locked(slug, lock);
}

Status Instances::remove_locked(const std::string& slug, InstanceLock& lock) const {
  CHOREO_ASSIGN([[maybe_unused]] const FileIdentity there, identity(slug));
  lock.may_be_unused_ = true;
  // The database goes first: a crash in between leaves no instance, never one without its latest operations.
  CHOREO_TRY(unlink_if_there(db_path(slug)));
  CHOREO_TRY(unlink_if_there(db_path(slug) + "-wal"));
  CHOREO_TRY(unlink_if_there(db_path(slug) + "-shm"));
  return sync_directory(dir_);
}

void Instances::remove_unused_locks() const {
  std::error_code error;
  for (fs::directory_iterator it(control_dir() + "/locks", error), end; !error && it != end; it.increment(error)) {
    const std::string slug = it->path().filename().string();
    if (!check_slug(slug).ok() || is_there(db_path(slug))) continue;
    const Result<FileLock> lock = FileLock::acquire(lock_path(slug), kLockMode, 0);
    if (lock.ok() && !is_there(db_path(slug))) lock->remove_file();
  }
}

Result<InstanceLock> InstanceLock::acquire(const Instances& instances, const std::string& slug) {
  Result<FileLock> lock = FileLock::acquire(instances.lock_path(slug), kLockMode, instances.lock_wait_ms());
  if (!lock.ok() && lock.error().code == "busy")
    return make_error(ErrorKind::unavailable, "busy",
                      "another process has worked on instance '" + slug + "' for longer than " +
                          std::to_string(instances.lock_wait_ms()) + " ms; nothing was changed, try again");
  if (!lock.ok()) return std::move(lock).error();
  return InstanceLock(std::move(*lock), instances.db_path(slug));
}

InstanceLock::~InstanceLock() {
  if (may_be_unused_ && lock_.held() && !is_there(db_path_)) lock_.remove_file();
}

}  // namespace choreo::log
