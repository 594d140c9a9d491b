// Filling a feedback rule's template from the operation that triggered it (SPEC 4).
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "operation/operation.h"

namespace choreo::append {

// The value at a path such as target.id, context.table or frame.source.name of the operation; a path that starts with
// none of these three is looked up in the target. Nothing where there is no such value.
std::optional<std::string_view> value_at(const Operation& operation, std::string_view path);

// The template (canonical JSON) with its placeholders `{trigger.target.x}` replaced, in strings at any depth. A string
// that is exactly one placeholder becomes the value itself, with its type; in longer ones the value's text is
// interpolated. left: how many bytes it may become; what it takes is subtracted. Errors: invalid/unresolved_placeholder
// names one that resolves to nothing; invalid/bad_rule: it would be larger.
Result<std::string> fill_template(std::string_view text, const Operation& trigger, std::size_t& left);

}  // namespace choreo::append
