// At most one dispatcher for a data directory: two would deliver everything twice.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace choreo::dispatcher {

// Holds the lock; let go by the destructor, or by the kernel if the process dies.
class SingleProcess {
 public:
  // Error conflict/already_running: another process holds `<control_dir>/dispatcher.lock`.
  static Result<SingleProcess> acquire(const std::string& control_dir);
  SingleProcess(SingleProcess&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  SingleProcess& operator=(SingleProcess&&) = delete;
  ~SingleProcess();

 private:
  explicit SingleProcess(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace choreo::dispatcher
