// Whether an instance's database has the schema that this program makes, or would make of it.
// Thread-safety: values.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo::log {

// path: a file that nobody changes (a backup). A schema of an earlier version is brought up to date in memory, without
// the log, and compared then. Errors: invalid/foreign_schema with the first difference; unavailable/newer_schema;
// unavailable/corrupt.
Status check_schema(const std::string& path);

}  // namespace choreo::log
