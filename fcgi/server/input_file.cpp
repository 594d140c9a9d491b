#include "fcgi/server/input_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace choreo::fcgi::server {

bool InputFile::fill(std::string_view bytes) {
  if (file_.get() < 0) {
    file_.reset(::memfd_create("choreo-request", MFD_CLOEXEC));
    if (file_.get() < 0) return false;
  }
  if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) return false;
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::lseek(file_.get(), 0, SEEK_SET) == 0;
}

}  // namespace choreo::fcgi::server
