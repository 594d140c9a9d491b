#include "fcgi/webhook_place.h"

namespace choreo::fcgi {

Result<WebhookPlace> webhook_place(App& app, const Request& request) {
  CHOREO_ASSIGN(std::string slug, slug_of(request, 0));
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  CHOREO_ASSIGN(log::Head head, reader->head());
  return WebhookPlace{std::move(slug), std::move(head)};
}

control::WebhookLimits webhook_limits(const App& app) {
  return {app.options.max_webhooks, app.options.max_host_webhooks};
}

void tell_dispatcher(App& app, const std::string& slug) {
  wire::Message message;
  message.kind = wire::MessageKind::webhooks_changed;
  message.slug = slug;
  app.publisher.publish(message);
}

}  // namespace choreo::fcgi
