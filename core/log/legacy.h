// Databases of the earlier system (SPEC 9): opened as they are, their derived tables replaced, their projection
// rebuilt.
#pragma once

#include "base/result.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

// Drops the earlier system's derived tables and adds the columns its first versions lacked. Nothing in a new database.
Status prepare_legacy(sqlite::Database& db);

// Fills in guids and pretty ids that are missing, counts, and projects the log that is there.
// REQUIRES: our tables exist and are empty.
Status import_legacy(sqlite::Database& db);

// Texts as the earlier system wrote them (spaces, \u escapes, integer ids, NaN) in canonical form. What is no JSON
// object becomes {}: the row itself stays as it is.
void canonicalize_legacy(Operation& operation);

}  // namespace choreo::log
