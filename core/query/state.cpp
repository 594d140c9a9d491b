#include <algorithm>

#include "json/object.h"
#include "json/path.h"
#include "json/string.h"
#include "projection/values.h"
#include "query/chain.h"
#include "query/match.h"
#include "query/result.h"
#include "query/scan_turn.h"

namespace choreo::query {
namespace {

using eoql::Condition;
using eoql::Scope;
using projection::EntityState;

constexpr const char* kDefaultTable = "_default";
constexpr const char* kCrossTable = "_cross";

struct Found {
  std::string table;
  std::string id;
  EntityState entity;
};

bool wants(const eoql::StateQuery& query, Scope scope) {
  return std::any_of(query.filters.begin(), query.filters.end(),
                     [&](const Condition& filter) { return filter.scope == scope && filter.value.json == "true"; });
}

// The id that target.id asks for, as text: a number stands for its digits.
std::optional<std::string> asked_id(const eoql::StateQuery& query) {
  for (const Condition& filter : query.filters)
    if (filter.scope == Scope::target && filter.name == "id" && filter.comparison == eoql::Comparison::equal)
      return json::is_string(filter.value.json) ? json::unquote(filter.value.json) : filter.value.json;
  return std::nullopt;
}

bool has_marked(const json::Object& data, std::string_view marker) {
  return std::any_of(data.members().begin(), data.members().end(), [&](const json::Member& member) {
    return !member.key.starts_with('_') && projection::marker(member.value, marker);
  });
}

class EntityFilter {
 public:
  EntityFilter(const eoql::StateQuery& query, bool unified) : query_(query), unified_(unified) {}

  bool passes(const std::string& id, const EntityState& entity) const {
    if (query_.filters.empty()) return true;
    const json::Object data = json::Object::parse(entity.data);
    return std::all_of(query_.filters.begin(), query_.filters.end(),
                       [&](const Condition& filter) { return meets_filter(filter, id, entity.data, data); });
  }

 private:
  bool meets_filter(const Condition& filter, const std::string& id, std::string_view text,
                    const json::Object& data) const {
    const std::string& expected = filter.value.json;
    switch (filter.scope) {
      case Scope::target:
        if (filter.name == "id") return meets_id(id, filter);
        return field_meets(json::find_path(text, json::escape_key(filter.name)), filter.comparison, expected);
      case Scope::segment:
        return unified_ || meets_segment(data, filter);
      case Scope::has_sup:
        return has_marked(data, "_sup") == (expected == "true");
      case Scope::has_nul:
        return has_marked(data, "_nul") == (expected == "true");
      case Scope::ops:
        return meets_count(data, filter);
      case Scope::frame:
        return meets_provenance(data, filter);
      default:
        return true;  // include_dead and only_dead decide what is scanned
    }
  }

  static bool meets_id(const std::string& id, const Condition& filter) {
    const bool text = json::is_string(filter.value.json);
    return meets(json::quote(id), filter.comparison, text ? filter.value.json : json::quote(filter.value.json));
  }

  static bool meets_segment(const json::Object& data, const Condition& filter) {
    const std::string_view* segments = data.find("_seg");
    if (!segments || !json::is_array(*segments)) return false;
    for (std::string_view segment : json::elements(*segments))
      if (json::is_object(segment) && meets(json::find(segment, "boundary"), filter.comparison, filter.value.json))
        return true;
    return false;
  }

  static bool meets_count(const json::Object& data, const Condition& filter) {
    const std::string_view* ops = data.find("_ops");
    const auto count = ops && json::is_object(*ops) ? json::find(*ops, filter.name) : std::nullopt;
    return meets(count.value_or("0"), filter.comparison, filter.value.json);
  }

  static bool meets_provenance(const json::Object& data, const Condition& filter) {
    const std::string_view* provenance = data.find("_provenance");
    if (!provenance || !json::is_object(*provenance)) return false;
    for (const json::Member& entry : json::members(*provenance))
      if (meets(json::find_path(entry.value, json::escape_key(filter.name)), filter.comparison, filter.value.json))
        return true;
    return false;
  }

  const eoql::StateQuery& query_;
  bool unified_;
};

void collapse(json::Object& entity) {
  std::string names;
  std::vector<std::pair<std::string, std::string>> values;
  for (const json::Member& member : entity.members()) {
    const auto variants = projection::marker(member.value, "_sup");
    if (!variants || !json::is_array(*variants)) continue;
    std::string_view value = "null";
    for (std::string_view variant : json::elements(*variants)) {
      value = projection::variant_value(variant).value_or("null");
      break;
    }
    values.emplace_back(member.key, value);
    names.append(names.empty() ? "\"" : ",\"").append(member.key).append("\"");
  }
  for (auto& [key, value] : values) entity.set_owned(key, std::move(value));
  if (!values.empty()) entity.set_owned("_collapsed", "[" + names + "]");
}

void apply_profile(const ReplayProfile& profile, json::Object& entity) {
  if (profile.conflict == ReplayProfile::Conflict::collapse) return collapse(entity);
  if (profile.conflict != ReplayProfile::Conflict::suspend) return;
  for (const json::Member& member : entity.members()) {
    if (!projection::marker(member.value, "_sup")) continue;
    entity.set("_suspended", "true");
    return;
  }
}

class StateRun {
 public:
  StateRun(const eoql::StateQuery& query, const ReplayProfile& profile, projection::View& view,
           const std::string& cursor)
      : query_(query), profile_(profile), view_(view), cursor_(cursor), filter_(query, profile.unified) {}

  Result<std::string> run(const std::string& at_member);

 private:
  Status collect();
  Status consider(const std::string& table, const std::string& id, const EntityState& entity);
  void sort();
  std::string entity_json(const Found& found) const;

  const eoql::StateQuery& query_;
  const ReplayProfile& profile_;
  projection::View& view_;
  const std::string& cursor_;
  EntityFilter filter_;
  std::vector<Found> found_;
  bool cross_ = false;
  bool shows_alive_ = false;
};

Status StateRun::consider(const std::string& table, const std::string& id, const EntityState& entity) {
  if (id > cursor_ && filter_.passes(id, entity)) found_.push_back({table, id, entity});
  return {};
}

Status StateRun::collect() {
  const bool only_dead = wants(query_, Scope::only_dead), include_dead = wants(query_, Scope::include_dead);
  shows_alive_ = only_dead || include_dead;
  const projection::Liveness liveness = only_dead      ? projection::Liveness::dead
                                        : include_dead ? projection::Liveness::both
                                                       : projection::Liveness::alive;
  if (const std::optional<std::string> id = asked_id(query_)) {
    cross_ = !query_.table;
    std::vector<std::string> tables = {query_.table.value_or("")};
    if (cross_) {
      CHOREO_ASSIGN(tables, view_.tables_of(*id));
    }
    for (const std::string& table : tables) {
      CHOREO_ASSIGN(const std::optional<EntityState> entity, view_.find(table, *id));
      if (entity && counts(liveness, entity->alive)) CHOREO_TRY(consider(table, *id, *entity));
    }
    return {};
  }
  const std::string table = query_.table.value_or(kDefaultTable);
  // Without an order of its own the first matches are the answer, and one more tells whether others follow.
  const bool may_stop = query_.order.empty() && query_.limit;
  ScanTurn turn;
  return view_.scan(table, cursor_, liveness, [&](const std::string& id, const EntityState& entity) -> Result<bool> {
    if (!query_.filters.empty()) CHOREO_TRY(turn.look_at(1));
    CHOREO_TRY(consider(table, id, entity));
    return !may_stop || found_.size() <= static_cast<std::size_t>(*query_.limit);
  });
}

void StateRun::sort() {
  if (query_.order.empty()) return;
  const std::string key = json::escape_key(query_.order);
  const auto value_of = [&](const Found& found) {
    return query_.order == "id" ? std::optional<std::string_view>() : json::find_path(found.entity.data, key);
  };
  std::stable_sort(found_.begin(), found_.end(), [&](const Found& a, const Found& b) {
    int order = query_.order == "id" ? a.id.compare(b.id) : compare_for_order(value_of(a), value_of(b));
    if (query_.descending) order = -order;
    return order < 0;
  });
}

std::string StateRun::entity_json(const Found& found) const {
  const std::string head = "{\"id\":" + json::quote(found.id) + "}";
  json::Object entity = json::Object::parse(head);
  projection::add_fields(entity, found.entity.data);
  if (cross_) entity.set_owned("_table", json::quote(found.table));
  if (shows_alive_) entity.set("_alive", found.entity.alive ? "true" : "false");
  apply_profile(profile_, entity);
  return entity.text();
}

Result<std::string> StateRun::run(const std::string& at_member) {
  CHOREO_TRY(collect());
  sort();
  const bool cut = query_.limit && found_.size() > static_cast<std::size_t>(*query_.limit);
  if (cut) found_.resize(static_cast<std::size_t>(*query_.limit));
  std::string out = "{\"type\":\"state\",\"table\":" +
                    json::quote(cross_ ? std::string(kCrossTable) : query_.table.value_or(kDefaultTable)) + at_member +
                    ",\"count\":" + std::to_string(found_.size()) + ",\"entities\":[";
  for (const Found& found : found_) out.append(out.back() == '[' ? "" : ",").append(entity_json(found));
  out += ']';
  if (cut && query_.order.empty() && !cross_) out += ",\"next_cursor\":" + json::quote(found_.back().id);
  if (query_.chain) {
    std::vector<std::string> base;
    for (const Found& found : found_) base.push_back(found.id);
    CHOREO_ASSIGN(const std::string chain, chain_member(*query_.chain, base, view_));
    out.append(",").append(chain);
  }
  return out + "}";
}

}  // namespace

Result<std::string> run_state(const eoql::StateQuery& query, const ReplayProfile& profile, projection::View& view,
                              const std::string& at_member, const std::string& cursor) {
  return StateRun(query, profile, view, cursor).run(at_member);
}

}  // namespace choreo::query
