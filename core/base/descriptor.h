// A file descriptor that is closed with its owner. Thread-safety: one thread at a time. Ownership: of the descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace choreo {

class Descriptor {
 public:
  // fd: negative where opening failed; errno is still the caller's to read.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

}  // namespace choreo
