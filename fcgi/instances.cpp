// Listing, creating, deleting and rebuilding instances (SPEC 1).
#include "fcgi/access.h"
#include "fcgi/app.h"
#include "json/scan.h"
#include "json/string.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

std::string summary_json(const std::string& slug, const log::Summary& summary) {
  std::string out = "{\"slug\":" + json::quote(slug) + ",\"operations\":" + std::to_string(summary.operations) +
                    ",\"entities\":" + std::to_string(summary.entities) + ",\"tables\":[";
  for (const log::TableSummary& table : summary.tables) {
    if (out.back() != '[') out += ',';
    json::append_string(out, table.name);
  }
  const std::string size = std::to_string(summary.file_size);
  return out + "],\"file_size\":" + size + ",\"db_size\":" + size +
         ",\"last_op_ts\":" + (summary.last_ts.empty() ? "null" : json::quote(summary.last_ts)) +
         ",\"newest_ts\":" + (summary.newest_ts.empty() ? "null" : json::quote(summary.newest_ts)) +
         ",\"head\":" + std::to_string(summary.head) + ",\"epoch\":" + json::quote(summary.epoch) + "}";
}

// An instance that cannot be read is listed with its error: one corrupt file must not hide the others.
std::string listed(App& app, const std::string& slug) {
  const auto summary = [&]() -> Result<log::Summary> {
    CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
    return reader->summary();
  }();
  if (summary.ok()) return summary_json(slug, *summary);
  if (summary.error().kind == ErrorKind::not_found || summary.error().kind == ErrorKind::gone) return {};
  return "{\"slug\":" + json::quote(slug) + ",\"error\":" + json::quote(summary.error().message) +
         ",\"code\":" + json::quote(summary.error().code) + "}";
}

Result<Response> list(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::vector<std::string> slugs, app.instances.list());
  std::string body = "{\"instances\":[";
  for (const std::string& slug : slugs) {
    if (!may(request, app.gate, slug, access::Level::read)) continue;
    const std::string item = listed(app, slug);
    if (item.empty()) continue;
    if (body.back() != '[') body += ',';
    body += item;
  }
  return json_response(body + "]}");
}

Result<Response> create(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string body, request.json_object());
  const auto slug = json::find(body, "slug");
  if (!slug || !json::is_string(*slug)) return invalid("bad_slug", "the body needs \"slug\", a string", "slug");
  const std::string name = json::unquote(*slug);
  CHOREO_TRY(app.instances.create(name));
  service::log_info("instance created", {{"instance", name}, {"trace_id", request.trace_id}});
  return json_response("{\"slug\":" + json::quote(name) + ",\"created\":true}", 201);
}

Result<Response> remove(App& app, const Request& request) {
  CHOREO_TRY(request.optional_object());
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 1));
  wire::Message gone;
  gone.kind = wire::MessageKind::gone;
  gone.slug = slug;
  {
    CHOREO_ASSIGN(const log::FileIdentity file, app.instances.identity(slug));
    (void)file;
    // A file too damaged to be read has no epoch to tell of, and can be deleted all the same.
    if (auto reader = app.readers.lease(slug); reader.ok())
      if (auto head = (*reader)->head(); head.ok()) gone.epoch = head->epoch;
  }
  CHOREO_TRY(app.instances.remove(slug));
  if (!gone.epoch.empty()) app.publisher.publish(gone);
  const Status webhooks = app.webhooks.with([&](control::Store& store) { return store.remove_instance(slug); });
  if (!webhooks.ok())  // the dispatcher drops registrations of an epoch that is no more
    service::log_error("webhooks of a deleted instance remain", webhooks.error(),
                       {{"instance", slug}, {"trace_id", request.trace_id}});
  service::log_info("instance deleted", {{"instance", slug}, {"trace_id", request.trace_id}});
  return json_response("{\"slug\":" + json::quote(slug) + ",\"deleted\":true}");
}

Result<Response> rebuild(App& app, const Request& request) {
  CHOREO_TRY(request.optional_object());
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 1));
  CHOREO_TRY(app.appender.rebuild(slug));
  return json_response("{\"rebuilt\":true}");
}

}  // namespace

void add_instance_routes(Router& router, App& app) {
  router.add("GET", "/instances", [&app](Request& request) { return list(app, request); });
  router.add("POST", "/instances", [&app](Request& request) { return create(app, request); });
  router.add("DELETE", "/instances/{}", [&app](Request& request) { return remove(app, request); });
  router.add("POST", "/instances/{}/rebuild", [&app](Request& request) { return rebuild(app, request); });
}

}  // namespace choreo::fcgi
