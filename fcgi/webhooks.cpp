// Registering, listing and removing webhooks (SPEC 7). Delivering is the dispatcher's.
#include "base/text.h"
#include "fcgi/webhook_place.h"
#include "json/scan.h"
#include "json/string.h"
#include "service/logging.h"

namespace choreo::fcgi {
namespace {

Status check_from(const control::Webhook& webhook, std::int64_t head) {
  if (!webhook.from || *webhook.from <= head + 1) return {};
  return invalid("bad_from",
                 "from is " + std::to_string(*webhook.from) + ", but the log ends at " + std::to_string(head) +
                     "; give \"beginning\" or an id of 1 to " + std::to_string(head + 1),
                 "from");
}

Result<Response> add(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::string body, request.json_object());
  CHOREO_ASSIGN(control::Webhook webhook, control::parse_registration(body));
  CHOREO_TRY(check_from(webhook, place.head.last_id));
  webhook.instance = place.slug;
  webhook.epoch = place.head.epoch;
  std::int64_t total = 0;
  CHOREO_ASSIGN(const control::Webhook added, app.webhooks.with([&](control::Store& store) -> Result<control::Webhook> {
    CHOREO_ASSIGN(control::Webhook stored, store.put(webhook, place.head.last_id, webhook_limits(app)));
    CHOREO_ASSIGN(total, store.count(place.slug, place.head.epoch));
    return stored;
  }));
  tell_dispatcher(app, place.slug);
  service::log_info("webhook registered",
                    {{"instance", place.slug}, {"webhook", added.id}, {"trace_id", request.trace_id}});
  return json_response("{\"added\":" + control::to_json(added, place.head.last_id, true) +
                       ",\"total\":" + std::to_string(total) + "}");
}

Result<Response> list(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::vector<control::Webhook> webhooks,
                app.webhooks.with([&](control::Store& store) { return store.list(place.slug, place.head.epoch); }));
  std::string body = "{\"instance\":" + json::quote(place.slug) + ",\"webhooks\":[";
  for (const control::Webhook& webhook : webhooks) {
    if (body.back() != '[') body += ',';
    body += control::to_json(webhook, place.head.last_id, false);
  }
  return json_response(body + "]}");
}

enum class Absent { refused, fine };

// remove: takes the store, returns whether there was one.
template <class Remove>
Result<Response> removed(App& app, const Request& request, const WebhookPlace& place, const std::string& what,
                         Absent absent, Remove remove) {
  std::int64_t remaining = 0;
  CHOREO_ASSIGN(const bool found, app.webhooks.with([&](control::Store& store) -> Result<bool> {
    CHOREO_ASSIGN(const bool there, remove(store));
    CHOREO_ASSIGN(remaining, store.count(place.slug, place.head.epoch));
    return there;
  }));
  if (!found && absent == Absent::refused)
    return make_error(ErrorKind::not_found, "unknown_webhook",
                      "instance '" + place.slug + "' has no webhook '" + shortened(what) + "'");
  if (found) {
    tell_dispatcher(app, place.slug);
    service::log_info("webhook removed", {{"instance", place.slug}, {"trace_id", request.trace_id}});
  }
  return json_response("{\"removed\":" + json::quote(what) + ",\"remaining\":" + std::to_string(remaining) + "}");
}

Result<Response> remove_by_url(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const std::string body, request.json_object());
  const auto text = json::find(body, "url");
  if (!text || !json::is_string(*text)) return invalid("bad_webhook", "the body needs \"url\", a string", "url");
  const std::string url = json::unquote(*text);
  // What the client asks for is that no webhook goes there.
  return removed(app, request, place, url, Absent::fine,
                 [&](control::Store& store) { return store.remove_by_url(place.slug, place.head.epoch, url); });
}

Result<Response> remove_by_id(App& app, const Request& request) {
  CHOREO_TRY(request.optional_object());
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  const std::string& id = request.segment(2);
  return removed(app, request, place, id, Absent::refused,
                 [&](control::Store& store) { return store.remove_by_id(place.slug, place.head.epoch, id); });
}

}  // namespace

void add_webhook_routes(Router& router, App& app) {
  add_webhook_history_routes(router, app);
  add_webhook_action_routes(router, app);
  router.add("GET", "/{}/webhooks", [&app](Request& request) { return list(app, request); });
  router.add("POST", "/{}/webhooks", [&app](Request& request) { return add(app, request); });
  router.add("DELETE", "/{}/webhooks", [&app](Request& request) { return remove_by_url(app, request); });
  router.add("DELETE", "/{}/webhooks/{}", [&app](Request& request) { return remove_by_id(app, request); });
}

}  // namespace choreo::fcgi
