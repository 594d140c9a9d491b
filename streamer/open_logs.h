// The databases that one thread has open for reading.
//
// Invariants: at most kReadersPerThread, the one used least recently is closed first; none stays open unused for longer
// than kReaderIdleMs, so that a deleted instance gives its disk space back. Thread-safety: none; one per thread.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "log/instances.h"
#include "log/reader.h"

namespace choreo::streamer {

class OpenLogs {
 public:
  OpenLogs(log::Instances instances, Clock& clock) : instances_(std::move(instances)), clock_(clock) {}

  // Errors: those of Reader.
  Result<log::Head> head(const std::string& slug);
  // Errors: those of Reader; gone/instance_gone also where another epoch stands behind the slug now.
  Result<std::vector<Operation>> page(const std::string& slug, const std::string& epoch, std::int64_t after, int limit,
                                      std::size_t max_bytes);
  void close_idle();

 private:
  struct Open {
    std::string slug;
    std::string epoch;
    log::Reader reader;
    std::int64_t used_ms;
  };

  Result<Open*> get(const std::string& slug);
  void close(const std::string& slug);

  log::Instances instances_;
  Clock& clock_;
  std::list<Open> open_;  // the one used last at the front
};

}  // namespace choreo::streamer
