#include "ctl/hook.h"

#include "ctl/program.h"
#include "options/options.h"

namespace choreo::ctl {

Status run_hook(const std::string& command, const std::map<std::string, std::string>& variables) {
  std::map<std::string, std::string> environment = options::environment();
  for (const auto& [name, value] : variables) environment[name] = value;
  CHOREO_ASSIGN(const Ended ended, run_program({"/bin/sh", "-c", command}, environment, false));
  if (ended.status == 0) return {};
  return make_error(ErrorKind::unavailable, "hook_failed", "the hook '" + command + "' ended with " + ended.how);
}

}  // namespace choreo::ctl
