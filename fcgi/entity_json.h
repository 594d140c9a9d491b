// An entity as answers show it.
#pragma once

#include <string>
#include <string_view>

#include "projection/store.h"

namespace choreo::fcgi {

// Appends {"id":…<between>, and the data's members}; a data member named id, or like one in `between`, is left out.
// between: further members, each with its leading comma.
void append_entity(std::string& out, std::string_view id, std::string_view between, std::string_view data);

// The members table and alive, for `between`.
std::string table_and_alive(std::string_view table, bool alive);

}  // namespace choreo::fcgi
