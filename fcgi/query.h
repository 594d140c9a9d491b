// Queries as the operations' and the state's routes need them.
#pragma once

#include "append/appender.h"
#include "fcgi/app.h"
#include "log/live_view.h"
#include "query/result.h"

namespace choreo::fcgi {

// The stored profile of that name, or the one that changes nothing. Errors: invalid/bad_replay.
Result<query::ReplayProfile> profile_named(log::Reader& reader, const std::string& name);

// Whether a DES asks rather than tells.
bool is_query(const Draft& draft);

// Answers it; with frame.audit it is appended first, and the answer says where.
Result<Response> answer_query(App& app, const std::string& slug, append::Request request);

}  // namespace choreo::fcgi
