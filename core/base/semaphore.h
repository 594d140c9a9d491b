// A semaphore whose waiter sleeps at once: std::binary_semaphore spins and yields before it does, which costs the
// processor that the others need.
//
// Thread-safety: post() and wait() may be called from any thread; the waiter may destroy it as soon as wait() returned
// (POSIX sem_post allows that).
#pragma once

#include <semaphore.h>

#include <cerrno>

namespace choreo {

class Semaphore {
 public:
  Semaphore() { sem_init(&semaphore_, 0, 0); }
  ~Semaphore() { sem_destroy(&semaphore_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void post() { sem_post(&semaphore_); }
  void wait() {
    while (sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }

 private:
  sem_t semaphore_;
};

}  // namespace choreo
