// REC with context.type emergence_scan: connected components of the alive edges, designated as clusters (SPEC 4).
#pragma once

#include "append/snapshot_ingest.h"

namespace choreo::append {

// REQUIRES: `rec` is in the log and passed check_operation(). Calls generate() with an INS and a DES for each cluster
// that is not alive in `_emergent` yet, in the order of the clusters' first members.
Status scan_for_emergence(const Operation& rec, log::ProjectionStore& state, const Generate& generate);

// "cluster-" and 8 hexadecimal digits of the SHA-256 of the members as a canonical JSON array. members: sorted.
Result<std::string> cluster_id(const std::vector<std::string>& members);

}  // namespace choreo::append
