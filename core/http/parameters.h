// The parameters of a request's query, read by one rule in every route of every daemon.
//
// A route says what it takes as a constant list (name, kind, bounds); take_parameters() holds a query against it before
// the route looks at it:
//   - a name that the route does not take is an error that names the nearest one; `_` and `utm_…`, which browsers and
//     mailings add, are dropped;
//   - given twice is an error, unless each further value is another alternative (`repeatable`);
//   - an empty value counts as absent, unless the kind says otherwise (epoch);
//   - a value that its kind does not allow is an error.
// So what a route finds afterwards is known, single, not empty and well-formed.
// Thread-safety: pure functions on values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/target.h"

namespace choreo::http {

struct Parameter {
  enum class Kind {
    text,     // the route itself knows more of it
    integer,  // min to max
    time,     // a date or time (base/timestamp.h); an offset's "+" may come unencoded
    flag,     // true or false
    choice,   // one of the words in `choices`
    epoch,    // of an instance: 32 hexadecimal digits
  };
  std::string_view name;
  Kind kind = Kind::text;
  std::int64_t min = 0;
  std::int64_t max = INT64_MAX;
  std::string_view choices = {};  // separated by a space
  bool repeatable = false;
};
using Parameters = std::span<const Parameter>;

// Errors, kind invalid, with the parameter's name as field: unknown_parameter, bad_parameter, bad_timestamp.
Status take_parameters(Target& target, Parameters known);

// REQUIRES for these: take_parameters() was successful with a list that gives the name this kind. Nothing if absent.
std::optional<std::int64_t> integer_parameter(const Target& target, std::string_view name);
std::optional<std::int64_t> time_parameter(const Target& target, std::string_view name);
bool flag_parameter(const Target& target, std::string_view name);  // false if absent

// The members that an object may have, by the same rule. REQUIRES: canonical JSON.
// Error: invalid/unknown_member with the nearest known name.
Status check_members(std::string_view object, std::span<const std::string_view> known);

}  // namespace choreo::http
