// Whose turn it is to look through much of a log or a table: so many long scans at once as leave cores for the rest of
// the server, the others wait, and more than a few that wait are refused.
//
// Purpose: a query that matches nothing looks at everything; a few of them must not take all processors from appends.
// Invariants: a scan of at most kFreeScanned costs nothing of this; a longer one holds a turn for kScanSlice at a time,
// so that all of them go on. Thread-safety: ScanTurn belongs to one thread; the turns are shared by the process.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace choreo::query {

inline constexpr std::int64_t kFreeScanned = 20'000;  // operations or entities looked at without a turn
inline constexpr std::int64_t kScanSlice = 20'000;    // looked at in one turn
inline constexpr int kMaxLongScans = 12;              // of this process, those that wait for a turn included

class ScanTurn {
 public:
  ScanTurn() = default;
  ScanTurn(const ScanTurn&) = delete;
  ScanTurn& operator=(const ScanTurn&) = delete;
  ~ScanTurn();

  // So many more will be looked at: waits for a turn where it is due. Error unavailable/too_many_scans.
  Status look_at(std::int64_t count);

 private:
  std::int64_t left_ = kFreeScanned;  // until the next turn is due
  bool counted_ = false;              // among kMaxLongScans
  bool has_turn_ = false;
};

// Long scans under way, for tests.
int long_scans();

}  // namespace choreo::query
