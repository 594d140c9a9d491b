// The known name that a misspelt one probably means, for errors that say so.
// Thread-safety: pure functions. Cost: bounded, whatever length the given name has.
#pragma once

#include <span>
#include <string_view>

namespace choreo {

// Regards case, '-', '_' and '.' as nothing, knows words that other systems use for the same (`offset` → `cursor`), and
// else takes the name with the fewest changes, at most a third of its letters. "" where none is near.
std::string_view nearest_name(std::string_view given, std::span<const std::string_view> known);

}  // namespace choreo
