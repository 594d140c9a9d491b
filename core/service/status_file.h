// What a process tells the others about itself: <run-dir>/status/<process>.<pid>, written anew every second by the loop
// whose hanging would be a failure. GET /health and GET /metrics read them.
//
// Invariants: a file is replaced as a whole; a process that stops removes its own; one that a killed process left is
// removed by whoever reads it next.
// Thread-safety: StatusFile: one thread; read_statuses(): any.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "service/metrics.h"

namespace choreo::service {

inline constexpr std::int64_t kStatusIntervalMs = 1000;
// A process that has not written for so long hangs.
inline constexpr std::int64_t kStaleMs = 10 * kStatusIntervalMs;

struct ProcessStatus {
  std::string process;  // its name, e.g. choreo-broker
  std::int64_t pid = 0;
  std::string version;
  std::int64_t started_ms = 0;  // Unix time
  std::int64_t age_ms = 0;      // since it wrote, by the file's own time
  std::vector<std::pair<std::string, std::int64_t>> values;
};

class StatusFile {
 public:
  StatusFile(const std::string& run_dir, std::string process);
  ~StatusFile();
  StatusFile(const StatusFile&) = delete;
  StatusFile& operator=(const StatusFile&) = delete;

  // What cannot be written is missed by /health, which says so.
  void write(const Values& values) const;

 private:
  const std::string directory_;
  const std::string process_;
  const std::string path_;
  const std::int64_t started_ms_;
};

// Of all processes that live, by name and pid.
std::vector<ProcessStatus> read_statuses(const std::string& run_dir);

}  // namespace choreo::service
