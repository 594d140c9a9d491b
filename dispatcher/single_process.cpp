#include "dispatcher/single_process.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace choreo::dispatcher {

Result<SingleProcess> SingleProcess::acquire(const std::string& control_dir) {
  const std::string path = control_dir + "/dispatcher.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return make_error(ErrorKind::unavailable, "storage_unavailable",
                      "open '" + path + "': " + std::generic_category().message(errno));
  SingleProcess lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK)
    return make_error(ErrorKind::unavailable, "storage_unavailable",
                      "lock '" + path + "': " + std::generic_category().message(errno));
  return make_error(ErrorKind::conflict, "already_running",
                    "another dispatcher runs on this data directory (it holds '" + path + "')");
}

SingleProcess::~SingleProcess() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace choreo::dispatcher
