// EOQL: GET /{i}/query, and a DES whose target holds a query (SPEC 5).
#include "fcgi/query.h"

#include "append/warnings.h"
#include "eoql/parser.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

constexpr const char* kNotAudited = ",\"audited\":false";

Result<Response> get(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  const std::optional<std::string> text = request.target.parameter("q");
  if (!text) return invalid("missing_query", "give the query as ?q=, percent-encoded", "q");
  CHOREO_ASSIGN(const eoql::Query query, eoql::parse(*text));
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  query::ReplayProfile profile;
  if (const auto name = request.target.parameter("replay")) {
    CHOREO_ASSIGN(profile, profile_named(*reader.operator->(), *name));
  }
  CHOREO_ASSIGN(std::string body, query::run(query, profile, *reader.operator->()));
  body.insert(body.size() - 1, kNotAudited);
  return json_response(std::move(body));
}

// frame.audit: whether the question itself is to be in the log.
Result<bool> audit_of(const Draft& draft) {
  const std::string_view audit = json::find(draft.frame, "audit").value_or("false");
  if (json::kind_of(audit) == json::Kind::boolean) return audit == "true";
  return invalid("bad_audit", "\"frame.audit\" of a query must be true or false", "frame.audit");
}

// frame.replay: a profile, or the name of a stored one.
Result<query::ReplayProfile> profile_of(App& app, const std::string& slug, std::string_view replay) {
  if (!json::is_string(replay)) return query::replay_profile(replay);
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  return profile_named(*reader.operator->(), json::unquote(replay));
}

}  // namespace

Result<query::ReplayProfile> profile_named(log::Reader& reader, const std::string& name) {
  CHOREO_ASSIGN(const auto view, log::LiveView::open(reader));
  return query::named_profile(*view, name);
}

bool is_query(const Draft& draft) {
  return draft.op == Operator::DES && json::find(draft.target, "query");
}

Result<Response> answer_query(App& app, const std::string& slug, append::Request request) {
  const std::string_view text = *json::find(request.draft.target, "query");
  if (!json::is_string(text)) return invalid("bad_query", "\"query\" must be a string", "target.query");
  CHOREO_ASSIGN(const eoql::Query query, eoql::parse(json::unquote(text)));
  query::ReplayProfile profile;
  if (const auto replay = json::find(request.draft.frame, "replay")) {
    CHOREO_ASSIGN(profile, profile_of(app, slug, *replay));
  }
  const std::vector<Warning> warnings = std::move(request.draft.warnings);
  if (request.strict && !warnings.empty()) return append::refused_for_warnings(warnings);
  request.warns = request.strict = false;  // a question finds no entity
  CHOREO_ASSIGN(const bool asks_for_audit, audit_of(request.draft));
  const bool audit = asks_for_audit && !request.dry_run;
  std::string members = kNotAudited;
  if (audit) {
    CHOREO_ASSIGN(const append::Answer answer, app.appender.append(slug, std::move(request)));
    members = ",\"audited\":true,\"audit_op_id\":" + std::to_string(answer.operation.id);
  }
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  CHOREO_ASSIGN(std::string body, query::run(query, profile, *reader.operator->()));
  if (!warnings.empty()) members += ",\"_warnings\":" + warnings_json(warnings);
  body.insert(body.size() - 1, members);
  return json_response(std::move(body));
}

void add_query_routes(Router& router, App& app) {
  router.add("GET", "/{}/query", [&app](Request& request) { return get(app, request); });
}

}  // namespace choreo::fcgi
