// The dot form of SPEC 2 turned into the object form. Internal to operation/. Thread-safety: pure functions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "operation/operation.h"

namespace choreo {

// Sets draft.target, and draft.context to the body's context joined with what address and operand add to it.
// REQUIRES: address is a canonical string; operand and draft.context are canonical objects without repeated keys.
// Errors: bad_address, bad_table, bad_id, bad_operand, duplicate_key.
Status expand_dot_form(std::string_view address, std::string_view operand, Draft& draft);

}  // namespace choreo
