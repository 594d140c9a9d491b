#include "ctl/unfinished.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

namespace choreo::ctl {

namespace fs = std::filesystem;

namespace {

// What SQLite leaves beside a database that was closed: empty, or of no use without it.
void remove_beside(const std::string& path) {
  std::error_code ignored;
  for (const char* tail : {"-wal", "-shm", "-journal"}) fs::remove(path + tail, ignored);
}

}  // namespace

// All objects of the process, and the thread that removes what they hold before a signal ends it.
class Signals {
 public:
  static Signals& instance() {
    static auto* const only = new Signals;  // never destroyed: its thread outlives main()
    return *only;
  }

  std::mutex mutex;
  std::set<Unfinished*> all;

 private:
  Signals() {
    sigset_t awaited;
    sigemptyset(&awaited);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction now {};
      if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&awaited, signal);
    }
    pthread_sigmask(SIG_BLOCK, &awaited, nullptr);  // before there is another thread, so that all have it
    std::thread([this, awaited] { wait(awaited); }).detach();
  }

  [[noreturn]] void wait(const sigset_t& awaited) {
    int signal = 0;
    while (sigwait(&awaited, &signal) != 0) {
    }
    // Never given back: whoever works on these files waits for it until the process has ended.
    mutex.lock();
    for (Unfinished* each : all) each->remove_all();
    pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
    static_cast<void>(::signal(signal, SIG_DFL));
    kill(getpid(), signal);
    while (true) pause();
  }
};

Unfinished::Unfinished() {
  Signals& signals = Signals::instance();
  const std::lock_guard lock(signals.mutex);
  signals.all.insert(this);
}

Unfinished::~Unfinished() {
  Signals& signals = Signals::instance();
  const std::lock_guard lock(signals.mutex);
  signals.all.erase(this);
  remove_all();
}

Status Unfinished::begin(const std::string& path, const std::function<Status()>& make) {
  const std::lock_guard lock(Signals::instance().mutex);
  CHOREO_TRY(make());
  paths_.push_back(path);
  return {};
}

Status Unfinished::finish(const std::function<Status()>& steps) {
  const std::lock_guard lock(Signals::instance().mutex);
  CHOREO_TRY(steps());
  for (const std::string& path : paths_) remove_beside(path);
  paths_.clear();
  return {};
}

void Unfinished::remove_all() noexcept {
  constexpr int kAttempts = 100;  // what is still being written to may grow once more
  for (const std::string& path : paths_) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      std::error_code error;
      fs::remove_all(path, error);
      if (!error) break;
    }
    remove_beside(path);
  }
  paths_.clear();
}

}  // namespace choreo::ctl
