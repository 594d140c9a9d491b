#include "ctl/data_directory.h"

#include <filesystem>

namespace choreo::ctl {

Result<log::Instances> existing_instances(const Settings& settings) {
  std::error_code error;
  if (std::filesystem::is_directory(settings.dir + "/.control", error)) return log::Instances::open(settings.dir);
  if (error == std::errc::permission_denied)
    return make_error(ErrorKind::unavailable, "data_dir",
                      "Permission denied: " + settings.dir + " belongs to another user, who runs this");
  return make_error(ErrorKind::not_found, "data_dir",
                    settings.dir + " is no data directory; --dir or CHOREO_DIR names it, and its owner runs this");
}

}  // namespace choreo::ctl
