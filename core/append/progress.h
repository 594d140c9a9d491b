// How far a snapshot ingest is, for whoever waits for it.
//
// Thread-safety: a Report is called by the thread that commits, and must not block: others wait for the same commit.
#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.h"

namespace choreo::append {

struct Progress {
  std::int64_t rows = 0;  // of the snapshot, done
  std::int64_t of = 0;
  std::int64_t generated = 0;  // operations
};

using Report = std::function<void(const Progress&)>;

inline constexpr std::int64_t kReportEveryMs = 100;

// Counts, and reports now and then; not at once, so that what is quick or refused is never reported.
class ProgressMeter {
 public:
  // report: may be empty. Both must outlive the meter.
  ProgressMeter(const Report& report, Clock& clock) : report_(report), clock_(clock) {
    if (report_) reported_ms_ = clock_.steady_ms();
  }

  bool wanted() const { return report_ != nullptr; }
  void expect(std::int64_t rows) { progress_.of = rows; }
  void row_done() {
    ++progress_.rows;
    look();
  }
  void generated() {
    ++progress_.generated;
    look();
  }

 private:
  void look() {
    if (!report_) return;
    const std::int64_t now = clock_.steady_ms();
    if (now - reported_ms_ < kReportEveryMs) return;
    reported_ms_ = now;
    report_(progress_);
  }

  const Report& report_;
  Clock& clock_;
  Progress progress_;
  std::int64_t reported_ms_ = 0;
};

}  // namespace choreo::append
