#include "streamer/filter.h"

#include <algorithm>

#include "base/limits.h"
#include "streamer/limits.h"

namespace choreo::streamer {
namespace {

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

Status add_value(std::vector<std::string>& values, std::string_view parameter, std::string_view value,
                 std::size_t max_bytes) {
  const std::string name(parameter);
  if (value.empty() || value.size() > max_bytes)
    return invalid("bad_parameter", name + " must have 1 to " + std::to_string(max_bytes) + " bytes.", name);
  if (values.size() == kMaxFilterValues)
    return invalid("bad_parameter", name + " may be given at most " + std::to_string(kMaxFilterValues) + " times.",
                   name);
  values.emplace_back(value);
  return {};
}

}  // namespace

bool Filter::knows(std::string_view parameter) {
  return parameter == "op" || parameter == "table" || parameter == "entity" || parameter == "trace";
}

Status Filter::add(std::string_view parameter, std::string_view value) {
  if (parameter == "op") return add_operators(value);
  if (parameter == "table") return add_value(tables_, parameter, value, kMaxTableNameBytes);
  if (parameter == "entity") return add_value(entities_, parameter, value, kMaxEntityIdBytes);
  return add_value(traces_, parameter, value, kMaxTraceIdBytes);
}

Status Filter::add_operators(std::string_view list) {
  auto operators = operators_;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    const auto op = operator_named(list.substr(at, comma - at));
    if (!op)
      return invalid("bad_operator",
                     "op must list operators, separated by commas: NUL, DES, INS, SEG, CON, SYN, ALT, SUP or REC.",
                     "op");
    operators.set(static_cast<std::size_t>(*op));
    at = comma + 1;
  }
  operators_ = operators;
  return {};
}

bool Filter::empty() const {
  return operators_.none() && tables_.empty() && entities_.empty() && traces_.empty();
}

bool Filter::matches(const Facts& facts) const {
  if (empty()) return true;
  if (!facts.op) return false;
  if (operators_.any() && !operators_.test(static_cast<std::size_t>(*facts.op))) return false;
  if (!tables_.empty() && !contains(tables_, facts.table)) return false;
  if (!traces_.empty() && !contains(traces_, facts.trace_id)) return false;
  const auto wanted = [&](const std::string& id) { return contains(entities_, id); };
  return entities_.empty() || std::any_of(facts.entities.begin(), facts.entities.end(), wanted);
}

}  // namespace choreo::streamer
