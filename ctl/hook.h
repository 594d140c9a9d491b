// A command of the operator's that runs after a backup, e.g. to copy it elsewhere.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace choreo::ctl {

// By /bin/sh -c, with these variables added to the environment; its output goes to our standard error.
// Error unavailable/hook_failed: it ended with another status than 0, or by a signal.
Status run_hook(const std::string& command, const std::map<std::string, std::string>& variables);

}  // namespace choreo::ctl
