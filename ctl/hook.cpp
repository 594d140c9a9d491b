#include "ctl/hook.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "options/options.h"

namespace choreo::ctl {

Status run_hook(const std::string& command, const std::map<std::string, std::string>& variables) {
  std::fflush(stdout);
  // Everything that allocates comes before the fork.
  std::map<std::string, std::string> environment = options::environment();
  for (const auto& [name, value] : variables) environment[name] = value;
  std::vector<std::string> texts;
  for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return make_error(ErrorKind::unavailable, "hook_failed",
                      std::string("the hook could not be started: ") + std::generic_category().message(errno));
  if (child == 0) {
    const char* words[] = {"sh", "-c", command.c_str(), nullptr};
    execve("/bin/sh", const_cast<char* const*>(words), pointers.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFEXITED(status) ? "status " + std::to_string(WEXITSTATUS(status))
                                            : "signal " + std::to_string(WTERMSIG(status));
  return make_error(ErrorKind::unavailable, "hook_failed", "the hook '" + command + "' ended with " + how);
}

}  // namespace choreo::ctl
