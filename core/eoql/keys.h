// What the keys of state(), stream() and CON() mean: from parameters to the parts of a query.
//
// A key that a query's table names sets one thing, once, with '='; every other key is a filter, which may be repeated.
// Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "eoql/parameters.h"

namespace choreo::eoql {

// Errors: bad_query at the parameter that is unknown, repeated, too many, or has a wrong value or comparison.
Result<StateQuery> state_query(const std::vector<Parameter>& parameters);
Result<StreamQuery> stream_query(const std::vector<Parameter>& parameters);
Result<ChainQuery> chain_query(const std::vector<Parameter>& parameters);

// A condition over an operation's target, context or frame; nothing where the key has none of these prefixes.
Result<std::optional<Condition>> operation_condition(const Parameter& parameter);

template <class Parts>
struct Key {
  std::string_view name;
  Status (*set)(Parts&, const Parameter&);
};

// A filter whose key is prefix + name; nothing where the key has another prefix. Error: the name is missing.
Result<std::optional<Condition>> prefixed(const Parameter& parameter, std::string_view prefix, Scope scope);

// Gives each parameter to its key, and those without one to `other`.
template <class Parts>
Status set_all(Parts& parts, std::span<const Key<Parts>> keys, const std::vector<Parameter>& parameters,
               Status (*other)(Parts&, const Parameter&)) {
  std::set<std::string_view> given;
  for (const Parameter& parameter : parameters) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& k) { return k.name == parameter.key; });
    if (key != keys.end() && !given.insert(parameter.key).second)
      return expected(parameter.position, "'" + parameter.key + "' once", "it again");
    CHOREO_TRY((key != keys.end() ? key->set : other)(parts, parameter));
  }
  return {};
}

}  // namespace choreo::eoql
