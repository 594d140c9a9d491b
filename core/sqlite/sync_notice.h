// Tells a thread when the work of its transaction is done and only the disk is waited for, and when that is over.
//
// Purpose: SQLite syncs in the middle of COMMIT; until then a thread needs a core, from then on it does not.
// Invariants: the calls come before and after the first sync that the thread makes while a notice lives, and at most
// once. Thread-safety: a notice belongs to the thread that made it, one at a time. Ownership: it must end before what
// its functions use.
#pragma once

#include <functional>

namespace choreo::sqlite {

class SyncNotice {
 public:
  SyncNotice(std::function<void()> before_sync, std::function<void()> after_sync);
  SyncNotice(const SyncNotice&) = delete;
  SyncNotice& operator=(const SyncNotice&) = delete;
  ~SyncNotice();

  // Registers the VFS that all databases are opened with (sqlite3_open_v2's last argument); returns its name. It is the
  // default VFS of the time at which a file is opened, with this notice.
  static const char* vfs_name();

 private:
  friend struct SyncVfs;
  std::function<void()> before_sync_;
  std::function<void()> after_sync_;
};

}  // namespace choreo::sqlite
