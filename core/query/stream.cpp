#include <algorithm>

#include "base/limits.h"
#include "base/timestamp.h"
#include "json/string.h"
#include "log/search.h"
#include "query/operation_match.h"
#include "query/result.h"
#include "query/scan_turn.h"

namespace choreo::query {
namespace {

// The id whose mentions hold every match, where a filter names one: far fewer than the log. A number stands for its
// digits, as ids are text; but `source` and the like are plain fields of an INS, where 7.0 equals 7 and mentions
// nothing.
std::optional<std::string> mentioned_id(const eoql::StreamQuery& query) {
  for (const eoql::Condition& filter : query.filters) {
    if (!names_an_id(filter) || filter.comparison != eoql::Comparison::equal) continue;
    if (compares_with_number(filter) && (filter.name == "id" || filter.name == "entity_id")) return filter.value.json;
    if (!json::is_string(filter.value.json)) continue;
    std::string id = json::unquote(filter.value.json);
    if (!id.empty() && id.size() <= kMaxEntityIdBytes) return id;
  }
  return std::nullopt;
}

class Filter {
 public:
  explicit Filter(const eoql::StreamQuery& query) : query_(query) {}

  bool passes(const Operation& operation) const {
    const std::string_view op = name_of(operation.op);
    if (query_.op && *query_.op != op) return false;
    if (std::find(query_.not_ops.begin(), query_.not_ops.end(), op) != query_.not_ops.end()) return false;
    if (!in_time(operation)) return false;
    return std::all_of(query_.filters.begin(), query_.filters.end(),
                       [&](const eoql::Condition& filter) { return meets(operation, filter); });
  }

 private:
  // A time that cannot be read (the earlier system's may be anything) lies in no span.
  bool in_time(const Operation& operation) const {
    if (!query_.after_ms && !query_.before_ms) return true;
    const Result<std::int64_t> ms = parse_timestamp(operation.ts);
    return ms.ok() && (!query_.after_ms || *ms > *query_.after_ms) && (!query_.before_ms || *ms < *query_.before_ms);
  }

  const eoql::StreamQuery& query_;
};

log::Part part_of(eoql::Scope scope) {
  if (scope == eoql::Scope::target) return log::Part::target;
  return scope == eoql::Scope::context ? log::Part::context : log::Part::frame;
}

// What every match must have, as far as the log is summarized by it (log/zones.h).
log::SearchFor search_for(const eoql::StreamQuery& query) {
  log::SearchFor wanted{mentioned_id(query), std::nullopt, query.after_ms, query.before_ms, {}};
  if (query.op) wanted.op = operator_named(*query.op);
  for (const eoql::Condition& filter : query.filters) {
    const json::Kind kind = json::kind_of(filter.value.json);
    const bool plain = kind == json::Kind::string || kind == json::Kind::boolean;
    // A dot may lead into a nested object.
    if (filter.comparison != eoql::Comparison::equal || !plain || filter.name.find('.') != std::string::npos) continue;
    if (asks_for_table(filter) && filter.value.json == kDefaultTable) continue;
    wanted.terms.push_back(log::term(part_of(filter.scope), json::escape_key(filter.name), filter.value.json));
  }
  return wanted;
}

}  // namespace

Result<std::string> run_stream(const eoql::StreamQuery& query, log::Reader& reader) {
  const Filter filter(query);
  CHOREO_ASSIGN(const auto search, log::Search::open(reader, search_for(query)));
  std::string operations;
  std::int64_t count = 0;
  ScanTurn turn;
  while (count < query.limit) {
    CHOREO_ASSIGN(const std::vector<Operation> part, search->next());
    if (part.empty()) break;
    CHOREO_TRY(turn.look_at(static_cast<std::int64_t>(part.size())));
    for (const Operation& operation : part) {
      if (count == query.limit || !filter.passes(operation)) continue;
      if (count++ > 0) operations += ',';
      append_json(operations, operation);
    }
  }
  return "{\"type\":\"stream\",\"count\":" + std::to_string(count) + ",\"operations\":[" + operations + "]}";
}

}  // namespace choreo::query
