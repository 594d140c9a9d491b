// Answers to queries, as JSON text.
#pragma once

#include <string>
#include <vector>

#include "eoql/query.h"
#include "json/object.h"
#include "log/reader.h"
#include "projection/view.h"

namespace choreo::query {

// How superposed fields and boundaries are read (SPEC 5, "Replay").
struct ReplayProfile {
  enum class Conflict { preserve, collapse, suspend };
  Conflict conflict = Conflict::preserve;
  bool unified = false;  // drops the filter on _seg.boundary
};

// From {"conflict":…,"boundary":…}. Other values are refused: invalid/bad_replay.
Result<ReplayProfile> replay_profile(std::string_view object);
// The alive entity profile-<name> of _rules; where there is none, nothing is read otherwise. Errors: bad_replay.
Result<ReplayProfile> named_profile(projection::View& view, const std::string& name);

// {"type":"state","table","count","entities":[…]}, with con_chain where the query asks for it. at_member: a whole JSON
// member that says which moment the view is of, or "". cursor: only entities with a greater id; an answer that the
// query's limit cut (and that has no order of its own) has next_cursor.
Result<std::string> run_state(const eoql::StateQuery& query, const ReplayProfile& profile, projection::View& view,
                              const std::string& at_member, const std::string& cursor = "");

// {"type":"stream","count","operations":[…]}, newest first.
Result<std::string> run_stream(const eoql::StreamQuery& query, log::Reader& reader);

// Any query against an instance: opens the view of the moment it asks for.
Result<std::string> run(const eoql::Query& query, const ReplayProfile& profile, log::Reader& reader);

}  // namespace choreo::query
