#include "sqlite/sync_notice.h"

#include <sqlite3.h>

#include <cstdlib>
#include <utility>

namespace choreo::sqlite {
namespace {

constexpr const char* kName = "choreo";

thread_local SyncNotice* current = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->real;
}

const sqlite3_io_methods& methods(sqlite3_file* file) {
  return *real(file)->pMethods;
}

sqlite3_vfs* default_vfs() {
  return sqlite3_vfs_find(nullptr);
}

}  // namespace

struct SyncVfs {
  static int sync(sqlite3_file* file, int flags) {
    SyncNotice* notice = std::exchange(current, nullptr);
    if (!notice) return methods(file).xSync(real(file), flags);
    notice->before_sync_();
    const int code = methods(file).xSync(real(file), flags);
    notice->after_sync_();
    return code;
  }

  static int close(sqlite3_file* file) {
    const int code = methods(file).xClose(real(file));
    std::free(real(file));
    return code;
  }

  static const sqlite3_io_methods* io_methods();
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static sqlite3_vfs make();
};

// Everything but syncs goes straight through. Version 2: no memory-mapped reads, which nothing here uses.
const sqlite3_io_methods* SyncVfs::io_methods() {
  using F = sqlite3_file;
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;
    m.xClose = close;
    m.xSync = sync;
    m.xRead = [](F* f, void* to, int size, sqlite3_int64 at) { return methods(f).xRead(real(f), to, size, at); };
    m.xWrite = [](F* f, const void* data, int size, sqlite3_int64 at) {
      return methods(f).xWrite(real(f), data, size, at);
    };
    m.xTruncate = [](F* f, sqlite3_int64 size) { return methods(f).xTruncate(real(f), size); };
    m.xFileSize = [](F* f, sqlite3_int64* size) { return methods(f).xFileSize(real(f), size); };
    m.xLock = [](F* f, int level) { return methods(f).xLock(real(f), level); };
    m.xUnlock = [](F* f, int level) { return methods(f).xUnlock(real(f), level); };
    m.xCheckReservedLock = [](F* f, int* out) { return methods(f).xCheckReservedLock(real(f), out); };
    m.xFileControl = [](F* f, int op, void* argument) { return methods(f).xFileControl(real(f), op, argument); };
    m.xSectorSize = [](F* f) { return methods(f).xSectorSize(real(f)); };
    m.xDeviceCharacteristics = [](F* f) { return methods(f).xDeviceCharacteristics(real(f)); };
    m.xShmMap = [](F* f, int page, int size, int extend, void volatile** out) {
      return methods(f).xShmMap(real(f), page, size, extend, out);
    };
    m.xShmLock = [](F* f, int at, int count, int flags) { return methods(f).xShmLock(real(f), at, count, flags); };
    m.xShmBarrier = [](F* f) { methods(f).xShmBarrier(real(f)); };
    m.xShmUnmap = [](F* f, int remove) { return methods(f).xShmUnmap(real(f), remove); };
    return m;
  }();
  return &kMethods;
}

int SyncVfs::open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  File& opened = *reinterpret_cast<File*>(file);
  opened.base.pMethods = nullptr;
  sqlite3_vfs* vfs = default_vfs();
  opened.real = static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(vfs->szOsFile)));
  if (!opened.real) return SQLITE_NOMEM;
  const int code = vfs->xOpen(vfs, name, opened.real, flags, out_flags);
  if (opened.real->pMethods)
    opened.base.pMethods = io_methods();  // then SQLite closes it, whatever the code
  else
    std::free(opened.real);
  return code;
}

sqlite3_vfs SyncVfs::make() {
  sqlite3_vfs vfs = *default_vfs();
  vfs.szOsFile = static_cast<int>(sizeof(File));
  vfs.zName = kName;
  vfs.pNext = nullptr;
  vfs.xOpen = open;
  vfs.xDelete = [](sqlite3_vfs*, const char* name, int sync_directory) {
    return default_vfs()->xDelete(default_vfs(), name, sync_directory);
  };
  vfs.xAccess = [](sqlite3_vfs*, const char* name, int flags, int* out) {
    return default_vfs()->xAccess(default_vfs(), name, flags, out);
  };
  vfs.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* out) {
    return default_vfs()->xFullPathname(default_vfs(), name, size, out);
  };
  return vfs;
}

SyncNotice::SyncNotice(std::function<void()> before_sync, std::function<void()> after_sync)
    : before_sync_(std::move(before_sync)), after_sync_(std::move(after_sync)) {
  current = this;
}

SyncNotice::~SyncNotice() {
  current = nullptr;
}

const char* SyncNotice::vfs_name() {
  static sqlite3_vfs vfs = SyncVfs::make();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? kName : nullptr;
}

}  // namespace choreo::sqlite
