#include "eoql/keys.h"

namespace choreo::eoql {
namespace {

// One operator, or all but those that are named: `op!=` may be repeated as filters are.
Status add_operator(StreamQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(std::string op, operator_value(p));
  if (p.comparison == Comparison::not_equal) {
    query.not_ops.push_back(std::move(op));
    return {};
  }
  if (query.op) return expected(p.position, "'op' once", "it again");
  query.op = std::move(op);
  return {};
}

Status set_after(StreamQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.after_ms, time_value(p));
  return {};
}

Status set_before(StreamQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.before_ms, time_value(p));
  return {};
}

Status set_limit(StreamQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.limit, integer_value(p, 1, kMaxLimit));
  return {};
}

constexpr Key<StreamQuery> kKeys[] = {{"after", set_after}, {"before", set_before}, {"limit", set_limit}};

constexpr std::pair<std::string_view, Scope> kPrefixes[] = {
    {"target.", Scope::target}, {"context.", Scope::context}, {"frame.", Scope::frame}};

Status add_filter(StreamQuery& query, const Parameter& p) {
  if (p.key == "op") return add_operator(query, p);
  CHOREO_ASSIGN(std::optional<Condition> filter, operation_condition(p));
  if (filter) {
    query.filters.push_back(*std::move(filter));
    return {};
  }
  const std::string found = "'" + shortened(p.key) + "'";
  if (p.key == "table") return expected(p.position, "context.table", found);
  if (p.key == "offset" || p.key == "cursor")
    return expected(p.position, "limit, after and before, of which before=<time of the last one> gives what follows",
                    found);
  return expected(p.position, "op, after, before, limit, context.x, target.x or frame.x", found);
}

}  // namespace

Result<std::optional<Condition>> operation_condition(const Parameter& parameter) {
  for (const auto& [prefix, scope] : kPrefixes) {
    CHOREO_ASSIGN(std::optional<Condition> condition, prefixed(parameter, prefix, scope));
    if (condition) return condition;
  }
  return std::optional<Condition>();
}

Result<StreamQuery> stream_query(const std::vector<Parameter>& parameters) {
  StreamQuery query;
  CHOREO_TRY(set_all<StreamQuery>(query, kKeys, parameters, add_filter));
  return query;
}

}  // namespace choreo::eoql
