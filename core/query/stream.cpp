#include <algorithm>

#include "base/timestamp.h"
#include "json/path.h"
#include "json/string.h"
#include "query/match.h"
#include "query/result.h"

namespace choreo::query {
namespace {

constexpr int kPageOperations = 500;  // read together while filters are applied

bool names_id(const eoql::Condition& filter) {
  static constexpr std::string_view kNames[] = {"id", "entity_id",  "source",  "from",       "target",
                                                "to", "merge_into", "primary", "merge_from", "secondary"};
  return filter.scope == eoql::Scope::target &&
         std::find(std::begin(kNames), std::end(kNames), filter.name) != std::end(kNames);
}

bool is_digits(const eoql::Condition& filter) {
  return json::kind_of(filter.value.json) == json::Kind::number;
}

// The id whose mentions hold every match, where a filter names one: far fewer than the log. A number stands for its
// digits, as ids are text.
std::optional<std::string> mentioned_id(const eoql::StreamQuery& query) {
  for (const eoql::Condition& filter : query.filters) {
    if (!names_id(filter) || filter.comparison != eoql::Comparison::equal) continue;
    if (is_digits(filter)) return filter.value.json;
    if (json::is_string(filter.value.json) && filter.value.json.size() > 2) return json::unquote(filter.value.json);
  }
  return std::nullopt;
}

class Filter {
 public:
  explicit Filter(const eoql::StreamQuery& query) : query_(query) {
    if (query.after_ms) after_ = format_timestamp(*query.after_ms);
    if (query.before_ms) before_ = format_timestamp(*query.before_ms);
  }

  bool passes(const Operation& operation) const {
    if (query_.op && *query_.op != name_of(operation.op)) return false;
    if (!after_.empty() && !(operation.ts > after_)) return false;
    if (!before_.empty() && !(operation.ts < before_)) return false;
    return std::all_of(query_.filters.begin(), query_.filters.end(),
                       [&](const eoql::Condition& filter) { return meets_filter(operation, filter); });
  }

 private:
  static bool meets_filter(const Operation& operation, const eoql::Condition& filter) {
    const std::string& scope = filter.scope == eoql::Scope::target    ? operation.target
                               : filter.scope == eoql::Scope::context ? operation.context
                                                                      : operation.frame;
    const auto value = json::find_path(scope, json::escape_key(filter.name));
    if (names_id(filter) && is_digits(filter) && value && json::is_string(*value))
      return meets(value, filter.comparison, json::quote(filter.value.json));
    return meets(value, filter.comparison, filter.value.json);
  }

  const eoql::StreamQuery& query_;
  std::string after_, before_;
};

}  // namespace

Result<std::string> run_stream(const eoql::StreamQuery& query, log::Reader& reader) {
  const Filter filter(query);
  const std::optional<std::string> id = mentioned_id(query);
  std::string operations;
  std::int64_t count = 0;
  for (std::int64_t before = INT64_MAX; count < query.limit;) {
    Result<std::vector<Operation>> page =
        id ? reader.mentions_before(*id, before, kPageOperations) : reader.page_before(before, kPageOperations);
    if (!page.ok()) return std::move(page).error();
    if (page->empty()) break;
    for (const Operation& operation : *page) {
      if (count == query.limit || !filter.passes(operation)) continue;
      if (count++ > 0) operations += ',';
      append_json(operations, operation);
    }
    before = page->back().id;
  }
  return "{\"type\":\"stream\",\"count\":" + std::to_string(count) + ",\"operations\":[" + operations + "]}";
}

}  // namespace choreo::query
