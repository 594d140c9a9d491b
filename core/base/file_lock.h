// A lock between processes: an flock on a file that is there for nothing else.
//
// Purpose: to wait for a lock for a limited time. The wait is one system call, without polling: the lock is taken as
// soon as it is free.
// Invariants: the holder may remove the file, as its last act. Who waited for a removed file takes the one that is at
// the path now, so that two holders never stand side by side. All users of a file that is ever removed must go
// through this class. The kernel releases the lock of a process that dies.
// Thread-safety: acquire() may be called from any thread; an object belongs to one thread at a time. Two objects
// exclude each other within a process as well.
// Ownership: the lock is released with its object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace choreo {

class FileLock {
 public:
  // Makes the file where it is absent, with that mode. wait_ms: 0 does not wait.
  // Errors: unavailable/busy after wait_ms; those of file_error().
  static Result<FileLock> acquire(std::string path, mode_t mode, std::int64_t wait_ms, Clock& clock = system_clock());

  // False once it was moved from.
  bool held() const { return file_.get() >= 0; }
  // Whether acquire() made the file.
  bool made() const { return made_; }
  // Removes the file. Nothing that needs the lock may follow but the release. What fails leaves a file that is unused.
  void remove_file() const;

 private:
  FileLock(std::string path, Descriptor file, bool made)
      : path_(std::move(path)), file_(std::move(file)), made_(made) {}
  std::string path_;
  Descriptor file_;
  bool made_;
};

}  // namespace choreo
