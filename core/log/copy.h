// Copies of databases for backups, and what a restored instance needs.
//
// Thread-safety: values; any thread and process, also while servers have the source open.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace choreo::log {

// A copy of any database of a data directory as of one moment, by SQLite's backup API: writers go on meanwhile. `to`
// must not exist; it is one file that only its owner may read, complete on disk, with nothing beside it.
// Errors: unavailable/corrupt (also a file without bytes), storage_full, conflict/exists.
Status copy_database(const std::string& from, const std::string& to);

// SQLite's integrity check of a file that nobody changes: "" if it is sound, else what is wrong with it.
Result<std::string> integrity(const std::string& path);

struct CopiedHead {
  std::string epoch;  // "" in a database of the earlier system
  std::int64_t head = 0;
};
// Of a file that nobody changes.
Result<CopiedHead> head_of_copy(const std::string& path);

// Gives an instance's database that is not in place yet another epoch: its log goes on differently from the one that
// was copied, so clients that saw more of that one must be told, and nothing may take their operations for the same.
Status renew_epoch(const std::string& path, const std::string& epoch);

}  // namespace choreo::log
