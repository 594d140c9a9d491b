// What each of the nine operators does to the state (SPEC 3).
//
// Invariant: the state is a function of the log alone, so replaying operations 1..N into an empty store gives, byte for
// byte, what applying them as they were appended gave.
// Thread-safety: as the store's.
#pragma once

#include "base/result.h"
#include "operation/operation.h"
#include "projection/store.h"

namespace choreo::projection {

// Applies one operation of the log; its texts are canonical. An operation that finds no entity changes nothing. The
// operations that a REC generated are in the log themselves and are not made here.
Status apply(const Operation& operation, Store& store);

// Whether version 0.1.0 (schema 2) made another state of it: it took members that are no fields (operation/reserved.h)
// for fields, and merged an entity into itself. A file of that version whose log holds such an operation is replayed.
bool applied_otherwise_before(const Operation& operation);

}  // namespace choreo::projection
