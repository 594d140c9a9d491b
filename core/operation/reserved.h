// Names that no field of an entity has: what an answer says of the entity itself, and what the projection notes on it.
//
// In targets of INS, ALT and DES, in feedback rules and in a snapshot's rows they are passed over, so that an entity
// that was read may be sent back as it is. Where a field is named (NUL, SUP, match_on) they are refused.
// Thread-safety: pure functions.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace choreo {

inline constexpr std::array<std::string_view, 12> kReservedMembers = {
    "id",   "table",     "alive",  "_ops",   "_provenance", "_des",
    "_seg", "_syn_from", "_table", "_alive", "_collapsed",  "_suspended"};

// key: as json::Member::key. Most keys are told apart by their first character.
inline bool is_reserved_member(std::string_view key) {
  if (key.empty() || (key[0] != '_' && key[0] != 'i' && key[0] != 't' && key[0] != 'a')) return false;
  return std::find(kReservedMembers.begin(), kReservedMembers.end(), key) != kReservedMembers.end();
}

}  // namespace choreo
