#include "service/daemon.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

namespace choreo::service {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadOptions = 2;
constexpr const char* kNewerSchema = "newer_schema";  // control/schema.cpp

// The signal handler's only state.
std::atomic<int> g_stop_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void write_stop(int fd) {
  const std::uint64_t one = 1;
  // Fails only where the counter is full: the stop is known already.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

extern "C" void on_stop_signal(int) {
  const int saved = errno;
  write_stop(g_stop_fd);
  errno = saved;
}

void install_signal_handlers(int stop_fd) {
  g_stop_fd = stop_fd;
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

bool poll_stop(int fd, int timeout_ms) {
  pollfd item{fd, POLLIN, 0};
  return ::poll(&item, 1, timeout_ms) > 0;
}

void print_error(const Program& program, const std::string& sentence) {
  // Where standard error cannot be written to, the exit status has to do.
  static_cast<void>(std::fprintf(stderr, "%s: %s\n", program.name.c_str(), sentence.c_str()));
}

int report(const Program& program, const Context& context, const Error& error) {
  if (context.was_ready())
    log_error("failed", error);
  else
    print_error(program, error.message);
  // No new start mends these: wrong keys, say, and data that only a newer version can read.
  return error.kind == ErrorKind::invalid || error.code == kNewerSchema ? kExitBadOptions : kExitFailed;
}

// Every process has something in it: a socket, or what it tells of itself.
Status use_run_dir(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && ::access(path.c_str(), W_OK | X_OK) != 0) error.assign(errno, std::generic_category());
  if (!error) return {};
  return make_error(ErrorKind::unavailable, "run_dir",
                    "CHOREO_RUN_DIR: '" + path + "': " + error.message() +
                        "; it must be a directory that the user of the processes may write to");
}

Status run_guarded(const std::function<Status(Context&)>& run, Context& context) {
  try {
    return run(context);
  } catch (const std::exception& error) {
    return make_error(ErrorKind::internal, "exception", std::string("stopped by an exception: ") + error.what());
  }
}

int run_with_signals(const Program& program, const std::string& run_dir, const std::function<Status(Context&)>& run) {
  // Left open: the handler may run until the process ends.
  const int stop_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (stop_fd < 0) {
    print_error(program, "no eventfd: " + std::generic_category().message(errno));
    return kExitFailed;
  }
  install_signal_handlers(stop_fd);
  Context context(stop_fd, run_dir, program.name);
  Status status = use_run_dir(run_dir);
  if (status.ok()) status = run_guarded(run, context);
  return status.ok() ? 0 : report(program, context, status.error());
}

}  // namespace

void CommonOptions::declare(options::OptionSet& set) {
  const auto path = [](const std::string& text) { return std::string(text.empty() ? "a path" : ""); };
  const auto short_path = [](const std::string& text) {
    const bool fits = !text.empty() && text.size() <= kMaxRunDirBytes;
    return fits ? std::string() : "a path of at most " + std::to_string(kMaxRunDirBytes) + " bytes";
  };
  set.add("dir", dir, path, "data directory: one <slug>.db for each instance");
  set.add("run-dir", run_dir, short_path, "directory of the sockets between the processes");
  set.add_choice("log-level", log_level, {"debug", "info", "warning", "error"}, "least level that is logged");
}

bool Context::stop_requested() const {
  return poll_stop(stop_fd_, 0);
}

bool Context::wait_for_stop(std::int64_t timeout_ms) const {
  if (timeout_ms >= 0) return poll_stop(stop_fd_, static_cast<int>(timeout_ms));
  while (!poll_stop(stop_fd_, -1)) continue;
  return true;
}

void Context::request_stop() {
  write_stop(stop_fd_);
}

void Context::ready() {
  was_ready_ = true;
  ::sd_notify(0, "READY=1");
  log_info("ready");
}

void Context::stopping() {
  ::sd_notify(0, "STOPPING=1");
  log_info("stopping");
}

std::int64_t Context::keep_alive_interval_ms() const {
  std::uint64_t usec = 0;
  if (::sd_watchdog_enabled(0, &usec) <= 0) return kStatusIntervalMs;
  // Half of it, as sd_watchdog_enabled(3) advises.
  return std::min(kStatusIntervalMs, static_cast<std::int64_t>(usec / 2000));
}

void Context::keep_alive(const Values& values) const {
  ::sd_notify(0, "WATCHDOG=1");
  status_.write(values);
}

int run_daemon_with(const Program& program, int argc, char** argv,
                    const std::function<void(options::OptionSet&)>& declare, const CommonOptions& common,
                    const std::function<Status(Context&)>& run) {
  options::OptionSet set(program.name, program.summary);
  declare(set);
  const auto outcome = set.parse(argc, argv, options::environment());
  if (!outcome.ok()) {
    print_error(program, outcome.error().message);
    return kExitBadOptions;
  }
  if (*outcome == options::OptionSet::Outcome::check) return 0;
  if (*outcome != options::OptionSet::Outcome::run) {
    const std::string text = *outcome == options::OptionSet::Outcome::help ? set.help() : set.version();
    return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : kExitFailed;
  }
  start_logging(program.name, common.log_level);
  return run_with_signals(program, common.run_dir, run);
}

}  // namespace choreo::service
