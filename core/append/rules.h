// Feedback rules: which operations an operation causes (SPEC 4).
//
// Invariants: rules are held against operations in the order of their ids; the compiled rules are those of the table's
// newest operation, so that an instance without rules costs a comparison.
// Thread-safety: one thread at a time. Ownership: belongs to a Writer's user and is thrown away with it.
#pragma once

#include <string>
#include <vector>

#include "append/budget.h"
#include "append/rule_trigger.h"
#include "base/result.h"
#include "log/projection_store.h"
#include "operation/operation.h"

namespace choreo::append {

inline constexpr const char* kRulesTable = "_rules";
inline constexpr const char* kSettingsId = "settings";  // in that table
inline constexpr std::size_t kMaxRuleErrors = 100;      // listed in one answer

struct RuleError {
  std::string rule;
  std::string message;
};

struct Caused {
  std::vector<Draft> drafts;
  std::vector<RuleError> errors;
};

class Rules {
 public:
  Result<bool> any(log::ProjectionStore& state);
  // Whether the instance is strict: its entity `settings` in the table of rules is alive and has `strict` true.
  Result<bool> strict(log::ProjectionStore& state) {
    CHOREO_TRY(load(state));
    return strict_;
  }
  // The last operation of the table of rules when they were compiled.
  std::int64_t loaded_at() const { return loaded_at_; }
  // What the alive rules make of an operation that is in the log; nothing for one that a rule generated. What one rule
  // makes beyond its limit is among the errors; an error of the budget is returned.
  Result<Caused> evaluate(const Operation& operation, log::ProjectionStore& state, Budget& budget);

 private:
  struct Rule {
    std::string id;
    RuleTrigger trigger;
    std::string action;  // canonical object
  };
  Status load(log::ProjectionStore& state);
  static Result<Draft> draft_of(const Rule& rule, const Operation& trigger, std::size_t max_bytes);

  std::int64_t loaded_at_ = -1;  // last operation of the rules' table when they were compiled
  std::vector<Rule> rules_;
  bool strict_ = false;
};

}  // namespace choreo::append
