#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/file_error.h"
#include "base/interrupt_timer.h"

namespace choreo {
namespace {

Error busy(const std::string& path, std::int64_t wait_ms) {
  return make_error(ErrorKind::unavailable, "busy",
                    "another process holds '" + path + "', and waiting for it ended after " + std::to_string(wait_ms) +
                        " ms; try again");
}

// The file at the path, made where it is absent.
Descriptor open_file(const std::string& path, mode_t mode, bool& made) {
  made = false;
  Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() >= 0 || errno != ENOENT) return file;
  made = true;
  return Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode));
}

// How long acquire() may go on. The clock is read only where there is something to wait for.
class Patience {
 public:
  Patience(std::int64_t wait_ms, Clock& clock) : wait_ms_(wait_ms), clock_(clock) {}
  std::int64_t left_ms() {
    const std::int64_t now_ms = clock_.steady_ms();
    if (!deadline_ms_) deadline_ms_ = now_ms + wait_ms_;
    return *deadline_ms_ - now_ms;
  }

 private:
  std::int64_t wait_ms_;
  Clock& clock_;
  std::optional<std::int64_t> deadline_ms_;
};

// Returns 0, or the errno: EWOULDBLOCK where it was held for too long.
int lock(int fd, Patience& patience) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  if (errno != EWOULDBLOCK) return errno;
  const std::int64_t left_ms = patience.left_ms();
  if (left_ms <= 0) return EWOULDBLOCK;
  const InterruptTimer timer(left_ms);
  if (!timer.works()) return errno;
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return errno;
    if (patience.left_ms() <= 0) return EWOULDBLOCK;
  }
  return 0;
}

}  // namespace

Result<FileLock> FileLock::acquire(std::string path, mode_t mode, std::int64_t wait_ms, Clock& clock) {
  Patience patience(wait_ms, clock);
  while (true) {
    bool made = false;
    Descriptor file = open_file(path, mode, made);
    if (file.get() < 0) return file_error("open '" + path + "'", errno);
    const int error = lock(file.get(), patience);
    if (error == EWOULDBLOCK) return busy(path, wait_ms);
    if (error != 0) return file_error("lock '" + path + "'", error);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return file_error("stat '" + path + "'", errno);
    if (info.st_nlink > 0) return FileLock(std::move(path), std::move(file), made);
    // It was removed by the process that held it, and protects nothing any more.
  }
}

void FileLock::remove_file() const {
  (void)::unlink(path_.c_str());
}

}  // namespace choreo
