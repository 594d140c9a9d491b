// control.db as a file: its version, its schema, and what a process does with it when it ends in order.
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace choreo::control {

// PRAGMA user_version of the files that this program makes.
std::int64_t newest_version();

// Whether this program may use a file of that user_version and application_id: a later one that only added something
// says there since which version its files can be used.
bool is_usable(std::int64_t version, std::int64_t usable_since);

// Whether a file that nobody changes (a backup) has the tables that this program makes, or would make of it.
// Errors: invalid/foreign_schema with the first difference, unavailable/newer_schema, unavailable/corrupt.
Status check_schema(const std::string& path);

// Puts what the write-ahead log of `<control_dir>/control.db` holds into the file, so that the file is whole without
// it. Where somebody uses it just now, it stays. REQUIRES: the caller has closed its own connections.
Status empty_log(const std::string& control_dir);

}  // namespace choreo::control
