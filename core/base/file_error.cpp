#include "base/file_error.h"

#include <cerrno>
#include <system_error>

namespace choreo {

Error file_error(const std::string& doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  if (error == EEXIST) return make_error(ErrorKind::conflict, "exists", doing + ": it exists already");
  return make_error(full ? ErrorKind::storage_full : ErrorKind::unavailable, full ? "disk_full" : "storage_unavailable",
                    doing + ": " + std::generic_category().message(error));
}

}  // namespace choreo
