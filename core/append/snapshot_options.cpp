#include "append/snapshot_options.h"

#include "json/object.h"
#include "json/string.h"

namespace choreo::append {

SnapshotOptions snapshot_options(const Operation& rec) {
  SnapshotOptions options;
  options.table = table_of(rec.context);
  options.match_on = "id";
  for (const json::Member& member : json::members(rec.frame)) {
    if (member.key == "match_on") options.match_on = member.value.substr(1, member.value.size() - 2);
    if (member.key == "absence_means")
      options.absence = member.value == "\"deleted\""       ? Absence::deleted
                        : member.value == "\"investigate\"" ? Absence::investigate
                                                            : Absence::unchanged;
    if (member.key == "null_fields_mean")
      options.null_fields = member.value == "\"cleared\""   ? NullFields::cleared
                            : member.value == "\"unknown\"" ? NullFields::unknown
                                                            : NullFields::unchanged;
    if (member.key == "ignore_fields")
      for (std::string_view name : json::elements(member.value))
        options.ignored.emplace(name.substr(1, name.size() - 2));
  }
  return options;
}

std::string key_text(std::string_view value) {
  switch (json::kind_of(value)) {
    case json::Kind::string:
      return json::unquote(value);
    case json::Kind::number:
    case json::Kind::boolean:
      return std::string(value);
    default:
      return {};
  }
}

}  // namespace choreo::append
