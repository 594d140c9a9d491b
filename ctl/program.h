// Running another program and waiting for it.
//
// It has the environment that is given, no signal blocked or ignored, and none of our files but standard input and
// error. Thread-safety: any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace choreo::ctl {

struct Ended {
  int status = 0;    // 128 + N where signal N ended it, as shells say it
  std::string how;   // "status 7", "signal 15"
  std::string text;  // what it printed, where that was asked for
};

// keep: its standard output and error are read into Ended::text; else both go to our standard error.
// Error unavailable/no_program: it could not be started.
Result<Ended> run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment,
                          bool keep);

}  // namespace choreo::ctl
