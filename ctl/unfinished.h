// Files and directories that a command has begun: removed unless it finishes them, also when it is stopped by SIGINT,
// SIGTERM or SIGHUP (a signal that was ignored before stays so). SIGKILL and a power failure leave them under their
// temporary names.
//
// Invariants: between begin() and a finish() that succeeded a path is removed at the end of the scope or by the signal;
// a signal that arrives within either waits for its end, so nothing is removed that has its name or is somebody else's.
// Thread-safety: one thread, and the thread in which signals are waited for, which the first object starts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace choreo::ctl {

class Unfinished {
 public:
  Unfinished();
  ~Unfinished();
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  // make: makes the path, which must not exist, by a name under which nobody takes it for whole.
  Status begin(const std::string& path, const std::function<Status()>& make);
  // The steps that give all of them their names. Where they fail, all stay unfinished. What SQLite left beside a closed
  // database goes in either case.
  Status finish(const std::function<Status()>& steps);

 private:
  friend class Signals;
  void remove_all() noexcept;
  std::vector<std::string> paths_;
};

}  // namespace choreo::ctl
