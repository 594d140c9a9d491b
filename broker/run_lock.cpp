#include "broker/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace choreo::broker {
namespace {

constexpr mode_t kMode = 0660;  // the unit's umask narrows it

Error unusable(const std::string& path, const std::string& reason) {
  return make_error(ErrorKind::unavailable, "run_dir",
                    "cannot use " + path + ": " + reason +
                        "; CHOREO_RUN_DIR names the "
                        "directory of the sockets");
}

}  // namespace

Result<RunLock> RunLock::acquire(const std::string& run_dir) {
  std::error_code error;
  std::filesystem::create_directories(run_dir, error);
  if (error) return unusable(run_dir, error.message());
  const std::string path = run_dir + "/broker.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (fd < 0) return unusable(path, std::generic_category().message(errno));
  RunLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return unusable(path, std::generic_category().message(errno));
  return make_error(ErrorKind::conflict, "broker_running",
                    "another choreo-broker runs on " + run_dir + " (it holds " + path + ")");
}

RunLock::~RunLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace choreo::broker
