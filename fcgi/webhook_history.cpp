// Looking at one webhook: its state, its attempts, what was given up.
#include <charconv>

#include "fcgi/webhook_place.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

using control::Attempt;
using control::Store;

constexpr std::int64_t kDefaultLimit = 100;

Result<Response> state(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const control::Webhook webhook, app.webhooks.with([&](Store& store) {
    return store.find(place.slug, place.head.epoch, request.segment(2));
  }));
  return json_response(control::to_json(webhook, place.head.last_id, false));
}

// delivered, failed (those after which it was given up too), given_up, or an HTTP status.
Status read_status(const Request& request, Store::AttemptFilter& filter) {
  const std::optional<std::string> text = request.target.parameter("status");
  if (!text) return {};
  if (*text == "delivered") {
    filter.result = Attempt::Result::delivered;
  } else if (*text == "failed") {
    filter.result = Attempt::Result::failed;
  } else if (*text == "given_up") {
    filter.result = Attempt::Result::given_up;
  } else {
    int status = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), status);
    if (error != std::errc() || end != text->data() + text->size() || status < 100 || status > 599)
      return invalid("bad_parameter", "'status' must be delivered, failed, given_up or an HTTP status, 100 to 599",
                     "status");
    filter.status = status;
  }
  return {};
}

Result<Store::AttemptFilter> filter_of(const Request& request) {
  Store::AttemptFilter filter;
  CHOREO_TRY(read_status(request, filter));
  filter.op_id = http::integer_parameter(request.target, "op_id");
  return filter;
}

// One page of rows, which were asked for with one more than its limit.
template <class Row, class ToJson, class CursorOf>
Response page(const WebhookPlace& place, const std::string& webhook_id, std::string_view name, std::vector<Row> rows,
              std::int64_t limit, ToJson to_json, CursorOf cursor_of) {
  const bool more = static_cast<std::int64_t>(rows.size()) > limit;
  if (more) rows.pop_back();
  std::string body = "{\"instance\":" + json::quote(place.slug) + ",\"webhook\":" + json::quote(webhook_id) + ",\"";
  body.append(name).append("\":[");
  for (const Row& row : rows) {
    if (body.back() != '[') body += ',';
    body += to_json(row);
  }
  body += "],\"next_cursor\":";
  body += more ? "\"" + std::to_string(cursor_of(rows.back())) + "\"" : "null";
  return json_response(body + "}");
}

Result<Response> attempts(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  CHOREO_ASSIGN(const Store::AttemptFilter filter, filter_of(request));
  const std::int64_t limit = http::integer_parameter(request.target, "limit").value_or(kDefaultLimit);
  const std::int64_t before = http::integer_parameter(request.target, "cursor").value_or(0);
  const std::string& id = request.segment(2);
  CHOREO_ASSIGN(std::vector<Attempt> rows, app.webhooks.with([&](Store& store) -> Result<std::vector<Attempt>> {
    CHOREO_TRY(store.find(place.slug, place.head.epoch, id));
    return store.attempts(id, filter, before, static_cast<int>(limit + 1));
  }));
  return page(
      place, id, "attempts", std::move(rows), limit, [](const Attempt& one) { return control::to_json(one); },
      [](const Attempt& one) { return one.id; });
}

Result<Response> dead(App& app, const Request& request) {
  CHOREO_ASSIGN(const WebhookPlace place, webhook_place(app, request));
  const std::int64_t limit = http::integer_parameter(request.target, "limit").value_or(kDefaultLimit);
  const std::int64_t after = http::integer_parameter(request.target, "cursor").value_or(0);
  const std::string& id = request.segment(2);
  using Rows = std::vector<control::Retry>;
  CHOREO_ASSIGN(Rows rows, app.webhooks.with([&](Store& store) -> Result<Rows> {
    CHOREO_TRY(store.find(place.slug, place.head.epoch, id));
    return store.dead(id, after, static_cast<int>(limit + 1));
  }));
  return page(place, id, "dead", std::move(rows), limit, control::dead_to_json,
              [](const control::Retry& one) { return one.op_id; });
}

}  // namespace

void add_webhook_history_routes(Router& router, App& app) {
  router.add("GET", "/{}/webhooks/{}", [&app](Request& request) { return state(app, request); });
  router.add("GET", "/{}/webhooks/{}/attempts", [&app](Request& request) { return attempts(app, request); });
  router.add("GET", "/{}/webhooks/{}/dead", [&app](Request& request) { return dead(app, request); });
}

}  // namespace choreo::fcgi
