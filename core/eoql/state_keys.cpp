#include "eoql/keys.h"

namespace choreo::eoql {
namespace {

Status set_table(StateQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.table, text_value(p));
  return {};
}

// An empty one asks for now.
Status set_at(StateQuery& query, const Parameter& p) {
  if (p.text.empty()) return require_equal(p);
  CHOREO_ASSIGN(query.at_ms, time_value(p));
  query.at = p.text;
  return {};
}

Status set_at_op(StateQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.at_op, integer_value(p, 0, INT64_MAX));
  return {};
}

Status set_limit(StateQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(query.limit, integer_value(p, 1, kMaxLimit));
  return {};
}

Status set_order(StateQuery& query, const Parameter& p) {
  constexpr std::string_view kPrefix = "target.";
  CHOREO_ASSIGN(query.order, text_value(p));
  query.descending = query.order.starts_with('-');
  if (query.descending) query.order.erase(0, 1);
  if (query.order.starts_with(kPrefix)) query.order.erase(0, kPrefix.size());
  if (query.order.empty() || query.order.size() > kMaxKeyBytes)
    return wrong_value(p, "a field or -field of at most " + std::to_string(kMaxKeyBytes) + " bytes");
  return {};
}

template <Scope scope>
Status set_flag(StateQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(const bool value, boolean_value(p));
  query.filters.push_back({scope, "", Comparison::equal, {value ? "true" : "false", p.value.position}});
  return {};
}

constexpr Key<StateQuery> kKeys[] = {
    {"context.table", set_table},
    {"at", set_at},
    {"at_op", set_at_op},
    {"limit", set_limit},
    {"order", set_order},
    {"_has_sup", set_flag<Scope::has_sup>},
    {"_has_nul", set_flag<Scope::has_nul>},
    {"_include_dead", set_flag<Scope::include_dead>},
    {"_only_dead", set_flag<Scope::only_dead>},
};

// Keys of other systems, which would be taken for fields that no entity has.
std::optional<Error> foreign_key(const Parameter& p) {
  const std::string found = "'" + p.key + "'";
  if (p.key == "table") return expected(p.position, "context.table (target.table is the field)", found);
  if (p.key == "offset" || p.key == "cursor")
    return expected(
        p.position,
        "limit, and id>\"<next_cursor>\" for what follows, as the cursor of GET /{instance}/state/{table} does "
        "(target." +
            p.key + " is the field)",
        found);
  return std::nullopt;
}

Error unknown_key(const Parameter& p) {
  const std::string found = "'" + shortened(p.key) + "'";
  if (p.key.starts_with("context."))
    return expected(p.position, "context.table, the only context key of state()", found);
  if (p.key.starts_with("_ops.") || p.key == "_ops")
    return expected(p.position, "_ops. and one of " + std::string(kOperatorNames), found);
  return expected(p.position,
                  "_seg.boundary, _has_sup, _has_nul, _include_dead, _only_dead or _ops.X (target._x is the field _x)",
                  found);
}

Result<Condition> filter_of(const Parameter& p) {
  CHOREO_ASSIGN(std::optional<Condition> filter, prefixed(p, "target.", Scope::target));
  if (filter) return *filter;
  CHOREO_ASSIGN(filter, prefixed(p, "frame.", Scope::frame));
  if (filter) return *filter;
  if (p.key == "_seg.boundary") return Condition{Scope::segment, "boundary", p.comparison, p.value};
  CHOREO_ASSIGN(filter, prefixed(p, "_ops.", Scope::ops));
  if (filter && is_operator(filter->name)) return *filter;
  if (p.key.starts_with('_') || p.key.starts_with("context.")) return unknown_key(p);
  if (auto error = foreign_key(p)) return *std::move(error);
  return Condition{Scope::target, p.key, p.comparison, p.value};
}

Status add_filter(StateQuery& query, const Parameter& p) {
  CHOREO_ASSIGN(Condition filter, filter_of(p));
  query.filters.push_back(std::move(filter));
  return {};
}

}  // namespace

Result<StateQuery> state_query(const std::vector<Parameter>& parameters) {
  StateQuery query;
  CHOREO_TRY(set_all<StateQuery>(query, kKeys, parameters, add_filter));
  return query;
}

}  // namespace choreo::eoql
