#include "ctl/program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "ctl/limits.h"

namespace choreo::ctl {
namespace {

constexpr int kSignalled = 128;

// As execve takes them; points into the texts.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class SpawnSettings {
 public:
  // out: what is standard output and error of the program.
  explicit SpawnSettings(int out) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::string all_of(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < kMaxOutputBytes) text.append(buffer, static_cast<std::size_t>(got));
  }
}

Error failed(const std::string& program, int error) {
  return make_error(ErrorKind::unavailable, "no_program",
                    program + " could not be started: " + std::generic_category().message(error));
}

}  // namespace

Result<Ended> run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment,
                          bool keep) {
  static_cast<void>(std::fflush(stdout));
  std::vector<std::string> arguments = words;
  std::vector<std::string> variables;
  variables.reserve(environment.size());
  for (const auto& [name, value] : environment) variables.push_back(std::string(name).append("=").append(value));
  int pipe[2] = {-1, -1};
  if (keep && pipe2(pipe, O_CLOEXEC) != 0) return failed(words[0], errno);
  const SpawnSettings settings(keep ? pipe[1] : STDERR_FILENO);
  pid_t child = 0;
  const int error = posix_spawn(&child, words[0].c_str(), &settings.actions, &settings.attributes,
                                pointers_to(arguments).data(), pointers_to(variables).data());
  Ended ended;
  if (keep) {
    close(pipe[1]);
    if (error == 0) ended.text = all_of(pipe[0]);
    close(pipe[0]);
  }
  if (error != 0) return failed(words[0], error);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  ended.how =
      WIFEXITED(status) ? "status " + std::to_string(ended.status) : "signal " + std::to_string(WTERMSIG(status));
  return ended;
}

}  // namespace choreo::ctl
