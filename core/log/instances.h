// The instances of a data directory: which exist, where their files are, making and removing them (SPEC 1).
//
// Invariants: an instance is `<slug>.db`; `.control/locks/<slug>` is its lock file, held (flock) around creation,
// removal and every append, so that a removed file can never be written to by a worker that still has it open. A lock
// file is removed with its instance.
// Thread-safety: all functions may be called from any thread and any process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "base/limits.h"
#include "base/result.h"

namespace choreo::log {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

class InstanceLock;

class Instances {
 public:
  // dir: CHOREO_DIR; made with .control inside it where absent. Error unavailable/data_dir names the path.
  static Result<Instances> open(std::string dir);
  // How many create() lets be there, counting those that others made; 0, as after open(): any number.
  void limit_to(std::int64_t most) { most_ = most; }
  // How long an InstanceLock is waited for.
  void wait_for_locks(std::int64_t ms) { lock_wait_ms_ = ms; }
  std::int64_t lock_wait_ms() const { return lock_wait_ms_; }

  const std::string& dir() const { return dir_; }
  std::string control_dir() const { return dir_ + "/.control"; }
  std::string db_path(const std::string& slug) const { return dir_ + "/" + slug + ".db"; }
  std::string lock_path(const std::string& slug) const { return control_dir() + "/locks/" + slug; }

  // Slugs with a file, sorted.
  Result<std::vector<std::string>> list() const;
  // Which file stands behind the slug now. Error not_found/unknown_instance.
  Result<FileIdentity> identity(const std::string& slug) const;

  // Errors: conflict/instance_exists, conflict/too_many_instances; storage_full, unavailable.
  Status create(const std::string& slug) const;
  // Errors: not_found/unknown_instance.
  Status remove(const std::string& slug) const;
  // The same for a caller that holds the InstanceLock, whose file goes too when it is released.
  Status remove_locked(const std::string& slug, InstanceLock& lock) const;

  // Removes lock files without an instance, which a process that was killed half-way may have left.
  void remove_unused_locks() const;

 private:
  explicit Instances(std::string dir) : dir_(std::move(dir)) {}
  Status check_room() const;
  std::string dir_;
  std::int64_t most_ = 0;
  std::int64_t lock_wait_ms_ = kDefaultLockWaitMs;
};

// The error every part uses for a slug without a file.
Error unknown_instance(const std::string& slug);

// Holds the lock of one instance; released by the destructor, by the kernel if the process dies.
class InstanceLock {
 public:
  // Errors: unavailable/busy where another process has held it for Instances::lock_wait_ms().
  static Result<InstanceLock> acquire(const Instances& instances, const std::string& slug);
  InstanceLock(InstanceLock&&) noexcept = default;
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

 private:
  friend class Instances;
  InstanceLock(FileLock lock, std::string db_path)
      : lock_(std::move(lock)), db_path_(std::move(db_path)), may_be_unused_(lock_.made()) {}
  FileLock lock_;
  std::string db_path_;
  bool may_be_unused_;  // the lock file was made, or its instance removed: it goes if there is no instance
};

}  // namespace choreo::log
