// One broker for each run directory: an flock on <run_dir>/broker.lock, held until destruction, released by the kernel
// if the process dies.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo::broker {

class RunLock {
 public:
  // Makes the directory where it is absent. Errors: conflict/broker_running, unavailable/run_dir.
  static Result<RunLock> acquire(const std::string& run_dir);
  RunLock(RunLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace choreo::broker
