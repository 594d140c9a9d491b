// Putting another log in the place of an instance's, while servers may have it open.
//
// Invariants: the log of before is kept whole, under another name; the place is empty for a moment, as after a
// deletion, and never has a database beside another one's write-ahead log. Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "log/instances.h"

namespace choreo::log {

// How far two logs are the same: the last operation that both have under the same id, guid and time. 0: none. live: a
// database in its place; copy: a file that nobody changes. Errors: of a file that cannot be read.
Result<std::int64_t> common_head(const std::string& live, const std::string& copy);

// Renames `arriving`, one file without a write-ahead log, to the instance's place, and what was there to `kept`, which
// must not exist. REQUIRES: the caller holds the InstanceLock. Errors: conflict/exists; where one comes, the instance
// is as it was.
Status replace_database(const Instances& instances, const std::string& slug, const std::string& arriving,
                        const std::string& kept);
// Undoes replace_database(), removing what was put there. REQUIRES: the same lock has been held since.
Status put_back(const Instances& instances, const std::string& slug, const std::string& kept);

}  // namespace choreo::log
