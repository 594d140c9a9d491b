#include "json/scan.h"
#include "json/string.h"
#include "query/result.h"

namespace choreo::query {
namespace {

constexpr const char* kRulesTable = "_rules";

Error bad(const std::string& name, const char* allowed) {
  return invalid("bad_replay", "replay's " + name + " must be one of " + allowed, name);
}

}  // namespace

Result<ReplayProfile> replay_profile(std::string_view object) {
  ReplayProfile profile;
  if (!json::is_object(object))
    return invalid("bad_replay", "replay must be an object with conflict and boundary", "replay");
  if (const auto conflict = json::find(object, "conflict")) {
    if (*conflict == "\"collapse\"")
      profile.conflict = ReplayProfile::Conflict::collapse;
    else if (*conflict == "\"suspend\"")
      profile.conflict = ReplayProfile::Conflict::suspend;
    else if (*conflict != "\"preserve\"")
      return bad("conflict", "preserve, collapse, suspend");
  }
  if (const auto boundary = json::find(object, "boundary")) {
    if (*boundary == "\"unified\"")
      profile.unified = true;
    else if (*boundary != "\"respect\"")
      return bad("boundary", "respect, unified");
  }
  return profile;
}

Result<ReplayProfile> named_profile(projection::View& view, const std::string& name) {
  CHOREO_ASSIGN(const auto entity, view.find(kRulesTable, "profile-" + name));
  if (!entity || !entity->alive) return ReplayProfile();
  return replay_profile(entity->data);
}

}  // namespace choreo::query
