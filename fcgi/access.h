// Who may use which route (access_table.h), and signing in with a cookie.
//
// Thread-safety: constant after construction; used from all threads.
#pragma once

#include <memory>

#include "access/gate.h"
#include "access/second_factor.h"
#include "fcgi/router.h"

namespace choreo::fcgi {

// gate: null where CHOREO_AUTH=none. Both outlive the router.
void add_access(Router& router, access::Gate* gate, access::SecondFactor& second_factor);

// Whether the request may see what a scope of that level on the instance shows; always where nothing asks for tokens.
bool may(const Request& request, access::Gate* gate, std::string_view instance, access::Level level);

}  // namespace choreo::fcgi
