// Whether an instance's database is what its log says.
//
// Purpose: a file that SQLite finds sound may still hold a projection that is not that of its log, or a log with a
// hole. Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace choreo::log {

struct Verified {
  std::int64_t operations = 0;
  std::vector<std::string> wrong;  // sentences; empty: everything is as it should be
};

// stored: a file that nobody changes; scratch: where its log is replayed, a path that does not exist (the caller
// removes the file and what SQLite makes beside it). Checks the file's integrity, that ids have no gap, that the
// counters are right, and that a fresh projection is the stored one. Each stored checkpoint is compared; that one is
// missing is no damage, since how many there are depends on CHOREO_SNAPSHOT_INTERVAL at the time. An older schema's
// projection is not compared: opening it makes it anew. Errors: only what keeps it from looking, e.g. no room for the
// replay.
Result<Verified> verify_copy(const std::string& stored, const std::string& scratch);

}  // namespace choreo::log
