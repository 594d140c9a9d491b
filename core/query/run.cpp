#include "json/string.h"
#include "log/live_view.h"
#include "log/past_view.h"
#include "query/result.h"

namespace choreo::query {

Result<std::string> run(const eoql::Query& query, const ReplayProfile& profile, log::Reader& reader) {
  if (const auto* stream = std::get_if<eoql::StreamQuery>(&query)) return run_stream(*stream, reader);
  const auto& state = std::get<eoql::StateQuery>(query);
  if (!state.at_ms && !state.at_op) {
    CHOREO_ASSIGN(const auto view, log::LiveView::open(reader));
    return run_state(state, profile, *view, "");
  }
  std::string at_member;
  if (state.at) at_member += ",\"at\":" + json::quote(*state.at);
  if (state.at_op) at_member += ",\"at_op\":" + std::to_string(*state.at_op);
  CHOREO_ASSIGN(const auto past, log::PastView::open(reader, {state.at_op, state.at_ms}));
  return run_state(state, profile, *past, at_member);
}

}  // namespace choreo::query
