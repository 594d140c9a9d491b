#include "eoql/keys.h"

namespace choreo::eoql {

Result<std::optional<Condition>> prefixed(const Parameter& parameter, std::string_view prefix, Scope scope) {
  if (!parameter.key.starts_with(prefix)) return std::optional<Condition>();
  if (parameter.key.size() == prefix.size())
    return expected(parameter.position, "a name after '" + std::string(prefix) + "'", "nothing");
  return std::optional(Condition{scope, parameter.key.substr(prefix.size()), parameter.comparison, parameter.value});
}

}  // namespace choreo::eoql
