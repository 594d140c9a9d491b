// A disk that can lose its power: SQLite's own VFS, with the difference between written and synced kept.
//
// Purpose: from arm() on, everything that SQLite writes, truncates or deletes is counted, and kept as pending until the
// file is synced. At the chosen call the power goes: that call and all later ones fail, as they would in a machine that
// is off. restore() then makes the files what a disk may hold: what was synced, and of the rest nothing, everything, or
// any 512-byte sectors of any writes. A failure instead of a cut: that one call fails, the next ones work.
// Invariants: files that were there before arm() count as synced. The -shm file is memory, and holds garbage
// afterwards. Thread-safety: none; one test at a time. Ownership: registered as the default VFS as long as it lives.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"

namespace choreo::test {

inline std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class PowerVfs {
 public:
  enum class Survivors { none, all, some };  // of what was written and not synced

  PowerVfs();
  ~PowerVfs();
  PowerVfs(const PowerVfs&) = delete;
  PowerVfs& operator=(const PowerVfs&) = delete;

  // The power goes at the call of that number, from 1; 0: never.
  void cut_at(int call) { arm(call, 0); }
  // That call fails, and nothing else does: a write with the code of SQLite's that is given, a sync as syncs do.
  void fail_at(int call, int code) { arm(call, code); }
  // Whether the call came.
  bool happened() const { return at_ > 0 && calls_ >= at_; }
  // The power is back, and these are the files. REQUIRES: no connection is open.
  void restore(Survivors survivors, std::uint64_t seed);
  void disarm() { armed_ = dead_ = false; }

 private:
  struct Change {
    std::size_t offset = 0;
    std::string bytes;
    bool truncates = false;  // to offset
  };
  struct Disk {
    std::optional<std::string> synced;  // nothing: the name is not on disk yet
    std::vector<Change> pending;
  };
  struct File {
    sqlite3_file base;
    PowerVfs* vfs;
    char path[512];
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static PowerVfs& self(sqlite3_vfs* vfs) { return *static_cast<PowerVfs*>(vfs->pAppData); }

  void arm(int call, int code);
  // What the next changing call returns without doing it; SQLITE_OK: go on.
  int next_call(int failure);
  Disk& disk(const char* path);
  static void apply(std::string& content, const Change& change);
  static void apply_sectors(std::string& content, const Change& change, Random& random);

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory);
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
  static int truncate(sqlite3_file* file, sqlite3_int64 size);
  static int sync(sqlite3_file* file, int flags);
  static const sqlite3_io_methods* methods();

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  bool armed_ = false;
  bool dead_ = false;
  int calls_ = 0;
  int at_ = 0;
  int code_ = 0;
  std::map<std::string, Disk> disks_;  // by path
};

inline PowerVfs::PowerVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.zName = "power";
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  // The real one must see itself, not this one with another pAppData.
  vfs_.xAccess = [](sqlite3_vfs* v, const char* name, int flags, int* out) {
    return self(v).real_->xAccess(self(v).real_, name, flags, out);
  };
  vfs_.xFullPathname = [](sqlite3_vfs* v, const char* name, int size, char* out) {
    return self(v).real_->xFullPathname(self(v).real_, name, size, out);
  };
  sqlite3_vfs_register(&vfs_, 1);
}

inline PowerVfs::~PowerVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

inline void PowerVfs::arm(int call, int code) {
  disks_.clear();
  armed_ = true;
  dead_ = false;
  calls_ = 0;
  at_ = call;
  code_ = code;
}

inline int PowerVfs::next_call(int failure) {
  if (!armed_) return SQLITE_OK;
  if (dead_) return failure;
  if (++calls_ != at_) return SQLITE_OK;
  if (code_ != 0) return code_;
  dead_ = true;
  return failure;
}

inline PowerVfs::Disk& PowerVfs::disk(const char* path) {
  const auto [found, added] = disks_.try_emplace(path);
  if (added && std::filesystem::exists(path)) found->second.synced = bytes_of(path);
  return found->second;
}

inline int PowerVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  PowerVfs& power = self(vfs);
  if (power.armed_ && power.dead_) return SQLITE_CANTOPEN;
  File& opened = file_of(file);
  opened.base.pMethods = nullptr;
  opened.vfs = &power;
  sqlite3_snprintf(sizeof opened.path, opened.path, "%s", name ? name : "");
  if (power.armed_ && name) power.disk(name);
  const int code = power.real_->xOpen(power.real_, name, opened.real(), flags, out_flags);
  if (code == SQLITE_OK) opened.base.pMethods = methods();
  return code;
}

// SQLite deletes what nothing depends on any more; the name is gone for good once the directory is synced.
inline int PowerVfs::remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  PowerVfs& power = self(vfs);
  if (const int code = power.next_call(SQLITE_IOERR_DELETE); code != SQLITE_OK) return code;
  if (power.armed_ && sync_directory) power.disk(name).synced.reset();
  if (power.armed_) power.disk(name).pending.clear();
  return power.real_->xDelete(power.real_, name, sync_directory);
}

inline int PowerVfs::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  File& f = file_of(file);
  const bool was_dead = f.vfs->dead_;
  const int failure = f.vfs->next_call(SQLITE_IOERR_WRITE);
  const Change change{static_cast<std::size_t>(offset),
                      std::string(static_cast<const char*>(data), static_cast<std::size_t>(size))};
  // The write that was under way when the power went may be on disk in part.
  const bool partly = f.vfs->dead_ && !was_dead;
  if (f.vfs->armed_ && (failure == SQLITE_OK || partly)) f.vfs->disk(f.path).pending.push_back(change);
  return failure != SQLITE_OK ? failure : f.real()->pMethods->xWrite(f.real(), data, size, offset);
}

inline int PowerVfs::truncate(sqlite3_file* file, sqlite3_int64 size) {
  File& f = file_of(file);
  if (const int code = f.vfs->next_call(SQLITE_IOERR_TRUNCATE); code != SQLITE_OK) return code;
  if (f.vfs->armed_) f.vfs->disk(f.path).pending.push_back({static_cast<std::size_t>(size), "", true});
  return f.real()->pMethods->xTruncate(f.real(), size);
}

// A real sync would cost time and show nothing: the kernel does not go down here. After a failed one Linux takes the
// pages for written: a later sync does not write them.
inline int PowerVfs::sync(sqlite3_file* file, int) {
  File& f = file_of(file);
  const bool was_dead = f.vfs->dead_;
  const int code = f.vfs->next_call(SQLITE_IOERR_FSYNC) == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  if (!f.vfs->armed_ || was_dead || f.vfs->dead_) return code;
  Disk& disk = f.vfs->disk(f.path);
  if (code != SQLITE_OK) disk.pending.clear();
  if (code != SQLITE_OK) return code;
  if (!disk.synced) disk.synced.emplace();
  for (const Change& change : disk.pending) apply(*disk.synced, change);
  disk.pending.clear();
  return SQLITE_OK;
}

inline void PowerVfs::apply(std::string& content, const Change& change) {
  if (change.truncates) return content.resize(change.offset);
  if (content.size() < change.offset + change.bytes.size()) content.resize(change.offset + change.bytes.size());
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

inline void PowerVfs::apply_sectors(std::string& content, const Change& change, Random& random) {
  constexpr std::size_t kSector = 512;
  if (change.truncates) {
    if (random.next_u64() % 2) apply(content, change);
    return;
  }
  for (std::size_t at = 0; at < change.bytes.size();) {
    const std::size_t end = std::min(change.bytes.size(), at + kSector - (change.offset + at) % kSector);
    if (random.next_u64() % 2) apply(content, {change.offset + at, change.bytes.substr(at, end - at)});
    at = end;
  }
}

inline void PowerVfs::restore(Survivors survivors, std::uint64_t seed) {
  SeededRandom random(seed);
  disarm();
  for (const auto& [path, disk] : disks_) {
    std::string content = disk.synced.value_or("");
    for (const Change& change : disk.pending) {
      if (survivors == Survivors::all) apply(content, change);
      if (survivors == Survivors::some) apply_sectors(content, change, random);
    }
    const bool there = disk.synced || (survivors == Survivors::all && !disk.pending.empty());
    if (there)
      std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    else
      std::filesystem::remove(path);
    const std::string memory = path + "-shm";
    if (std::filesystem::exists(memory)) std::ofstream(memory, std::ios::binary | std::ios::trunc) << random.hex(16384);
  }
  disks_.clear();
}

// Everything else goes straight through.
inline const sqlite3_io_methods* PowerVfs::methods() {
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;
    m.xClose = [](sqlite3_file* f) { return file_of(f).real()->pMethods->xClose(file_of(f).real()); };
    m.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return file_of(f).real()->pMethods->xRead(file_of(f).real(), to, size, at);
    };
    m.xWrite = write;
    m.xTruncate = truncate;
    m.xSync = sync;
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return file_of(f).real()->pMethods->xFileSize(file_of(f).real(), size);
    };
    m.xLock = [](sqlite3_file* f, int level) { return file_of(f).real()->pMethods->xLock(file_of(f).real(), level); };
    m.xUnlock = [](sqlite3_file* f, int level) {
      return file_of(f).real()->pMethods->xUnlock(file_of(f).real(), level);
    };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return file_of(f).real()->pMethods->xCheckReservedLock(file_of(f).real(), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return file_of(f).real()->pMethods->xFileControl(file_of(f).real(), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return file_of(f).real()->pMethods->xSectorSize(file_of(f).real()); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) {
      return file_of(f).real()->pMethods->xDeviceCharacteristics(file_of(f).real());
    };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return file_of(f).real()->pMethods->xShmMap(file_of(f).real(), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return file_of(f).real()->pMethods->xShmLock(file_of(f).real(), offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { file_of(f).real()->pMethods->xShmBarrier(file_of(f).real()); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) {
      return file_of(f).real()->pMethods->xShmUnmap(file_of(f).real(), remove);
    };
    return m;
  }();
  return &kMethods;
}

}  // namespace choreo::test
