// The data directory of a command that works on files: opened only where it is one, never made.
#pragma once

#include "base/result.h"
#include "ctl/settings.h"
#include "log/instances.h"

namespace choreo::ctl {

// Error not_found/data_dir names the directory and the setting.
Result<log::Instances> existing_instances(const Settings& settings);

}  // namespace choreo::ctl
