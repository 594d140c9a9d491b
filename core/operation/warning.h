// What is wrong with an operation that is taken all the same: it may mean nothing, or not what its sender meant.
// Values; no shared state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace choreo {

inline constexpr std::size_t kMaxWarnings = 20;  // listed in one answer

struct Warning {
  std::string code;         // snake_case, stable
  std::string message;      // one sentence
  std::string member = {};  // where it is, e.g. "table" or "target._ops"; UTF-8
  std::string place = {};   // where it belongs; "" where nothing can be said
};

// The first kMaxWarnings as a JSON array of {"code","message","member"?,"place"?}.
std::string warnings_json(const std::vector<Warning>& warnings);

// A member of the body or of an object in it that nothing reads. name: as Member::key.
Warning unknown_member(std::string_view name, const std::string& member, const std::string& place);

// Where a body's member belongs that stands beside target, context and frame. name: as Member::key.
std::string place_of_member(std::string_view name);

}  // namespace choreo
