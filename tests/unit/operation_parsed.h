// What a body parses to, as text that a table can hold: the stored operation, or the code of its refusal.
#pragma once

#include <string>
#include <string_view>

#include "operation/wire_forms.h"

namespace choreo {

inline std::string parsed(const Result<Draft>& draft) {
  if (!draft.ok()) return draft.error().code;
  return std::string(name_of(draft->op)) + " " + draft->target + " " + draft->context + " " + draft->frame;
}
inline std::string parsed(std::string_view body) {
  return parsed(parse_operation(body));
}

}  // namespace choreo
