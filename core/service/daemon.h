// The skeleton of every daemon: options, logging, signals, readiness, clean stop.
//
//   int main(int argc, char** argv) {
//     StreamerOptions options;
//     return service::run_daemon({"choreo-streamer", "…"}, argc, argv, options,
//                                [&](service::Context& context) { return run_streamer(options, context); });
//   }
//
// run_daemon answers --help, --version and --check, prints start-up errors as one clear sentence on standard error
// (exit 2 for bad options and what else no new start mends, 1 for anything else), ignores SIGPIPE, and turns SIGTERM
// and SIGINT into Context::stop_requested; further ones during the drain change nothing. After ready() an error is a
// log line instead. Thread-safety: Context's functions may be called from any thread, except ready() and stopping(),
// which main's thread calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "options/options.h"
#include "service/logging.h"
#include "service/status_file.h"

namespace choreo::service {

// The sockets in the run directory must fit into a Unix socket's address (107 bytes).
inline constexpr std::size_t kMaxRunDirBytes = 90;

// Settings every daemon has; derive a daemon's options struct from it.
struct CommonOptions {
  std::string dir = "./instances";  // CHOREO_DIR: data directory
  std::string run_dir = "./run";    // CHOREO_RUN_DIR: sockets
  std::string log_level = "info";   // CHOREO_LOG_LEVEL
  void declare(options::OptionSet& set);
};

class Context {
 public:
  // Readable (poll) once a stop was asked for; never drained.
  int stop_fd() const { return stop_fd_; }
  bool stop_requested() const;
  // Blocks until a stop is asked for, or for that long if it is not negative; whether one was.
  bool wait_for_stop(std::int64_t timeout_ms = -1) const;
  // Asks for a stop from inside, e.g. after a failure that ends the process.
  void request_stop();
  // Readiness to systemd (sd_notify READY=1) and one log line.
  void ready();
  void stopping();
  // How often keep_alive() is expected, in milliseconds.
  std::int64_t keep_alive_interval_ms() const;
  // Tells systemd (WATCHDOG=1) and the other processes (status_file.h) that this one still works, and what it counts;
  // from the loop whose hanging should end it.
  void keep_alive(const Values& values) const;
  // Whether ready() was called.
  bool was_ready() const { return was_ready_; }

  Context(int stop_fd, const std::string& run_dir, std::string process)
      : stop_fd_(stop_fd), status_(run_dir, std::move(process)) {}

 private:
  int stop_fd_;  // an eventfd; not owned
  StatusFile status_;
  bool was_ready_ = false;
};

struct Program {
  std::string name;
  std::string summary;
};

int run_daemon_with(const Program& program, int argc, char** argv,
                    const std::function<void(options::OptionSet&)>& declare, const CommonOptions& common,
                    const std::function<Status(Context&)>& run);

template <class Options, class Run>
int run_daemon(const Program& program, int argc, char** argv, Options& options, Run run) {
  return run_daemon_with(
      program, argc, argv, [&](options::OptionSet& set) { options.declare(set); }, options, run);
}

}  // namespace choreo::service
