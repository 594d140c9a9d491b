// What must hold for any bytes as a query. Returns the property that did not hold, or "".
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/timestamp.h"
#include "eoql/parser.h"
#include "json/canonical.h"
#include "json/number.h"
#include "json/string.h"
#include "support/eoql_text.h"

namespace choreo::fuzz {

inline std::string broken_query_error(const Error& error, std::size_t size) {
  if (error.kind != ErrorKind::invalid || error.code != "bad_query") return "a query is refused as one";
  if (!error.position || *error.position > size) return "a refusal's position is inside the query";
  if (!json::is_utf8(error.message)) return "a refusal's sentence is UTF-8";
  if (error.message.size() > 400) return "a refusal's sentence is short";
  const bool says_both = error.message.starts_with("Expected ") && error.message.find(", found ") != std::string::npos;
  return says_both && error.message.back() == '.' ? "" : "a refusal says what was expected and what was found";
}

inline std::string broken_filter(const eoql::Condition& filter, std::size_t size) {
  const auto canonical = json::canonicalize(filter.value.json);
  if (!canonical.ok() || *canonical != filter.value.json) return "a literal is canonical JSON";
  if (std::string_view("[{").find(filter.value.json[0]) != std::string_view::npos) return "a literal is a scalar";
  if (filter.value.position >= size) return "a literal is in the query";
  if (!json::is_utf8(filter.name) || filter.name.size() > eoql::kMaxKeyBytes) return "a name is UTF-8 and bounded";
  using eoql::Scope;
  const bool flag = filter.scope == Scope::has_sup || filter.scope == Scope::has_nul ||
                    filter.scope == Scope::include_dead || filter.scope == Scope::only_dead;
  if (flag != filter.name.empty()) return "a filter has a name, a flag has none";
  const bool boolean = filter.value.json == "true" || filter.value.json == "false";
  return flag && (filter.comparison != eoql::Comparison::equal || !boolean) ? "a flag is true or false" : "";
}

inline std::string broken_chain(const eoql::ChainQuery& chain) {
  if (chain.hops < 1 || chain.hops > eoql::kMaxHops) return "hops are bounded";
  const auto number = json::canonicalize(chain.min_coupling);
  if (!number.ok() || *number != chain.min_coupling) return "the least coupling is a JSON number";
  const bool in_bounds = std::is_gteq(json::compare_numbers(chain.min_coupling, "0")) &&
                         std::is_lteq(json::compare_numbers(chain.min_coupling, "1"));
  return in_bounds ? "" : "the least coupling is from 0 to 1";
}

inline std::string broken_parts(const eoql::StateQuery& query) {
  if (query.table && (query.table->empty() || !json::is_utf8(*query.table))) return "a table has a name";
  if (query.at.has_value() != query.at_ms.has_value()) return "a time has its text";
  if (query.at && *parse_timestamp(*query.at) != *query.at_ms) return "a time is what its text says";
  if (query.at_op.value_or(0) < 0) return "an operation's id is not negative";
  const std::int64_t limit = query.limit.value_or(1);
  if (limit < 1 || limit > eoql::kMaxLimit) return "a limit is bounded";
  if (query.order.empty() && query.descending) return "an order has a field";
  return query.chain ? broken_chain(*query.chain) : "";
}

inline std::string broken_parts(const eoql::StreamQuery& query) {
  if (query.limit < 1 || query.limit > eoql::kMaxLimit) return "a limit is bounded";
  for (const eoql::Condition& filter : query.filters) {
    if (filter.scope > eoql::Scope::frame) return "a stream filters by target, context and frame";
  }
  return "";
}

inline std::string broken_eoql(std::string_view text) {
  const auto query = eoql::parse(text);
  if (!query.ok()) return broken_query_error(query.error(), text.size());
  std::string broken = std::visit([](const auto& parts) { return broken_parts(parts); }, *query);
  if (!broken.empty()) return broken;
  const auto& filters = std::visit(
      [](const auto& parts) -> const auto& { return parts.filters; }, *query);
  if (filters.size() > eoql::kMaxParameters) return "filters are bounded";
  for (const eoql::Condition& filter : filters) {
    if (broken = broken_filter(filter, text.size()); !broken.empty()) return broken;
  }
  const std::string written = test::text_of(*query);
  // Written out, names gain prefixes: what was just short enough may no longer be.
  if (text.size() > eoql::kMaxKeyBytes - 32) return "";
  const auto again = eoql::parse(written);
  if (!again.ok()) return "a query can be written again: " + again.error().message;
  return test::text_of(*again) == written ? "" : "a query written again is the same";
}

}  // namespace choreo::fuzz
