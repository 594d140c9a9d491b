// An eventfd that ends another thread's poll.
// Thread-safety: wake() from any thread, drain() from the one that polls.
#pragma once

namespace choreo::wire {

class WakeFd {
 public:
  // Throws std::system_error where the process has no descriptor left: nothing could work then.
  WakeFd();
  ~WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  int fd() const { return fd_; }
  void wake();
  void drain();

 private:
  int fd_;
};

}  // namespace choreo::wire
