// The processes of this machine, and the sockets between them.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "ctl/doctor.h"
#include "service/status_file.h"

namespace choreo::ctl {
namespace {

// Whether somebody listens; nothing is said where it cannot be known.
bool refused(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const int code = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = code == 0 ? 0 : errno;
  close(fd);
  return error == ECONNREFUSED;
}

void check_sockets(Checkup& checkup, const std::string& run_dir) {
  for (const char* name : {"fcgi.sock", "streamer.sock"}) {
    const std::string path = run_dir + "/" + name;
    struct stat info {};
    if (stat(path.c_str(), &info) != 0)
      checkup.found("socket_missing", path + " is not there, so nginx cannot reach what listens on it",
                    "`systemctl restart choreo.target` makes it, in a checkout scripts/up; CHOREO_RUN_DIR must be the "
                    "same for all.");
    else if (refused(path))
      checkup.found("stale_socket", path + " is there, but nobody listens on it",
                    "`systemctl restart choreo.target` makes it again, in a checkout scripts/down and scripts/up.");
  }
}

std::string unit_of(const std::string& process) {
  return shell_word(process == "choreo-fcgi" ? "choreo-fcgi@1.service" : process + ".service");
}

void check_files(Checkup& checkup, const service::ProcessStatus& process) {
  rlimit limit{};
  if (prlimit(static_cast<pid_t>(process.pid), RLIMIT_NOFILE, nullptr, &limit) != 0) return;
  if (limit.rlim_cur >= static_cast<rlim_t>(checkup.min_files)) return;
  checkup.found("few_files", process.process + " may open " + std::to_string(limit.rlim_cur) + " files",
                "Raise LimitNOFILE= in its unit (`systemctl edit " + unit_of(process.process) +
                    "`), or ulimit -n before scripts/up; each stream and open instance takes some.");
}

}  // namespace

void check_run(Checkup& checkup) {
  const std::string& run_dir = checkup.context.settings().run_dir;
  check_sockets(checkup, run_dir);
  const std::vector<service::ProcessStatus> processes = service::read_statuses(run_dir);
  for (const char* name : {"choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher"}) {
    bool there = false;
    for (const service::ProcessStatus& each : processes) there = there || each.process == name;
    if (!there)
      checkup.found(
          "process_missing", std::string(name) + " does not run (by " + run_dir + "/status)",
          "`systemctl status 'choreo*'` tells why; exit status 2 is a wrong setting, which its last line names.");
  }
  for (const service::ProcessStatus& each : processes) {
    const std::string named = each.process + " (pid " + std::to_string(each.pid) + ")";
    if (each.age_ms > service::kStaleMs)
      checkup.found("process_hangs", named + " has said nothing for " + std::to_string(each.age_ms / 1000) + " s",
                    "systemd ends and restarts it by its watchdog; where there is none, end it: `kill -9 " +
                        std::to_string(each.pid) + "`");
    if (each.version != CHOREO_VERSION)
      checkup.found("versions_differ", named + " is version " + each.version + ", choreoctl is " CHOREO_VERSION,
                    "Restart what still runs the old one: `systemctl restart choreo.target`");
    check_files(checkup, each);
  }
}

}  // namespace choreo::ctl
