// What a feedback rule waits for: its operator, and what the operation's members must be (docs/operators.md).
// Thread-safety: values and pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eoql/query.h"
#include "operation/operation.h"

namespace choreo::append {

struct RuleTrigger {
  std::optional<Operator> op;               // nothing: any
  std::vector<eoql::Condition> conditions;  // of `match` and of `where`; all must hold
};

// trigger: a rule's, canonical, not empty, its op and match of the right types (operation/wire_forms.h
// check_operation). Error bad_rule: a comparison that is none, one that no operation can meet, too many conditions.
Result<RuleTrigger> parse_trigger(std::string_view trigger);

// The same of a rule that is stored: an earlier version, or an INS into the table of rules, checked nothing. A text
// that is no comparison is compared as it stands. Nothing where the rule can never fire.
std::optional<RuleTrigger> stored_trigger(std::string_view trigger);

bool matches(const RuleTrigger& trigger, const Operation& operation);

}  // namespace choreo::append
