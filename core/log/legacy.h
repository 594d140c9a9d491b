// Databases of the earlier system (SPEC 9): opened as they are, their derived tables replaced, their projection
// rebuilt.
#pragma once

#include "base/result.h"
#include "operation/operation.h"
#include "sqlite/database.h"

namespace choreo::log {

// Drops the earlier system's derived tables and adds the columns its first versions lacked. Nothing in a new database.
Status prepare_legacy(sqlite::Database& db);

// The log that is there becomes that of `state`. False: there is none. What is derived is up to LegacyRows and a
// replay. REQUIRES: our tables exist and are empty.
Result<bool> adopt_legacy(sqlite::Database& db);

// Brings rows of the earlier system's log into order, one by one, as they are replayed.
class LegacyRows {
 public:
  static Result<LegacyRows> prepare(sqlite::Database& db);
  // Remembers the guid, so that a client that sends the operation again is told so; fills in a guid or pretty id that
  // is missing, in the row and the operation, and counts it. no_pretty_id: the row has none.
  Status take(Operation& operation, bool no_pretty_id);

 private:
  LegacyRows() = default;
  sqlite::Statement remember_, fill_in_, count_;
};

// Texts as the earlier system wrote them (spaces, \u escapes, integer ids, NaN) in canonical form. What is no JSON
// object becomes {}: the row itself stays as it is.
void canonicalize_legacy(Operation& operation);

}  // namespace choreo::log
