// What a snapshot's frame asks for, with the defaults of SPEC 4.
#pragma once

#include <string>

#include "base/text_map.h"
#include "operation/operation.h"

namespace choreo::append {

enum class Absence { unchanged, deleted, investigate };
enum class NullFields { unchanged, cleared, unknown };

struct SnapshotOptions {
  std::string table;     // UTF-8
  std::string match_on;  // as a member's key (escaped), "id" by default
  Absence absence = Absence::unchanged;
  NullFields null_fields = NullFields::unchanged;
  TextSet ignored;  // as members' keys
};

// REQUIRES: the operation passed check_operation().
SnapshotOptions snapshot_options(const Operation& rec);

// A value as a key: a string's text, a number's or boolean's JSON text; "" for what can be none (null, "", array,
// object). UTF-8.
std::string key_text(std::string_view value);

}  // namespace choreo::append
