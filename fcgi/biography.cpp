// GET /{i}/biography/{id} and GET /{i}/gaps/{table} (SPEC 5).
#include <algorithm>
#include <array>
#include <charconv>

#include "fcgi/app.h"
#include "fcgi/entity_json.h"
#include "json/object.h"
#include "json/string.h"
#include "log/live_view.h"
#include "projection/values.h"

namespace choreo::fcgi {
namespace {

// {"id","table","alive",…} for each table that knows the id, by table.
Result<std::vector<std::string>> states_of(projection::View& view, const std::string& id) {
  std::vector<std::string> states;
  CHOREO_ASSIGN(const std::vector<std::string> tables, view.tables_of(id));
  for (const std::string& table : tables) {
    CHOREO_ASSIGN(const std::optional<projection::EntityState> entity, view.find(table, id));
    if (entity) append_entity(states.emplace_back(), id, table_and_alive(table, entity->alive), entity->data);
  }
  return states;
}

Result<Response> biography(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::string& id = request.segment(2);
  const std::int64_t limit = http::integer_parameter(request.target, "limit").value_or(kDefaultPageSize);
  const std::int64_t cursor = http::integer_parameter(request.target, "cursor").value_or(0);
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  CHOREO_ASSIGN(const auto view, log::LiveView::open(*reader.operator->()));
  CHOREO_ASSIGN(const std::int64_t count, reader->mention_count(id));
  // One more than is shown tells whether others follow.
  CHOREO_ASSIGN(auto operations, reader->mentions_after(id, cursor, static_cast<int>(limit) + 1));
  const bool more = operations.size() > static_cast<std::size_t>(limit);
  if (more) operations.pop_back();
  CHOREO_ASSIGN(const std::vector<std::string> states, states_of(*view, id));
  std::string body =
      "{\"entity_id\":" + json::quote(id) + ",\"operation_count\":" + std::to_string(count) + ",\"operations\":[";
  for (const Operation& operation : operations) {
    if (body.back() != '[') body += ',';
    append_json(body, operation);
  }
  body += "],\"current_state\":" + (states.empty() ? "null" : states.front()) + ",\"states\":[";
  for (const std::string& state : states) body.append(body.back() == '[' ? "" : ",").append(state);
  body += ']';
  if (more) body += ",\"next_cursor\":" + std::to_string(operations.back().id);
  return json_response(body + "}");
}

struct Gap {
  const char* name;
  const char* op;  // an operator the entity has not seen
};
constexpr std::array<Gap, 6> kMissing = {{{"never_designated", "DES"},
                                          {"never_connected", "CON"},
                                          {"never_segmented", "SEG"},
                                          {"never_synthesized", "SYN"},
                                          {"pending_transition", "ALT"},
                                          {"never_validated", "REC"}}};

bool has_marked_field(const json::Object& data, std::string_view marker) {
  return std::any_of(data.members().begin(), data.members().end(), [&](const json::Member& member) {
    return !member.key.starts_with('_') && projection::marker(member.value, marker);
  });
}

class Gaps {
 public:
  void add(const std::string& id, std::string_view text) {
    const json::Object data = json::Object::parse(text);
    const std::string_view* ops = data.find("_ops");
    for (std::size_t i = 0; i < kMissing.size(); ++i)
      if (!ops || !json::is_object(*ops) || !json::find(*ops, kMissing[i].op)) list(missing_[i], id);
    if (has_marked_field(data, "_sup")) list(contradictions_, id);
    if (has_marked_field(data, "_nul")) list(destroyed_, id);
  }
  // cursor: of the next page, if there is one.
  std::string json(const std::string& table, const std::optional<std::string>& cursor) const {
    std::string out = "{\"table\":" + json::quote(table) + ",\"gaps\":{";
    for (std::size_t i = 0; i < kMissing.size(); ++i)
      out.append("\"").append(kMissing[i].name).append("\":[").append(missing_[i]).append("],");
    out += "\"has_contradictions\":[" + contradictions_ + "],\"has_destroyed_fields\":[" + destroyed_ + "]}";
    if (cursor) out += ",\"next_cursor\":" + json::quote(*cursor);
    return out + "}";
  }

 private:
  static void list(std::string& ids, const std::string& id) {
    if (!ids.empty()) ids += ',';
    json::append_string(ids, id);
  }
  std::array<std::string, kMissing.size()> missing_;
  std::string contradictions_, destroyed_;
};

// A page is of so many entities, whether they have gaps or not: its cost is bounded, and so are its lists.
Result<Response> gaps(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::string& table = request.segment(2);
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  CHOREO_ASSIGN(const auto view, log::LiveView::open(*reader.operator->()));
  const auto cursor = request.target.parameter("cursor");
  const auto limit = http::integer_parameter(request.target, "limit");
  // As of a table, all of them where neither is given.
  const std::int64_t most = limit || cursor ? limit.value_or(kDefaultPageSize) : INT64_MAX;
  Gaps found;
  std::int64_t count = 0;
  std::string last;
  bool more = false;
  CHOREO_TRY(view->scan(table, cursor.value_or(""), projection::Liveness::alive,
                        [&](const std::string& id, const projection::EntityState& entity) -> Result<bool> {
                          more = count == most;
                          if (more) return false;
                          found.add(id, entity.data);
                          ++count;
                          last = id;
                          return true;
                        }));
  return json_response(found.json(table, more ? std::optional(last) : std::nullopt));
}

}  // namespace

void add_biography_routes(Router& router, App& app) {
  router.add("GET", "/{}/biography/{}", [&app](Request& request) { return biography(app, request); });
  router.add("GET", "/{}/gaps/{}", [&app](Request& request) { return gaps(app, request); });
}

}  // namespace choreo::fcgi
