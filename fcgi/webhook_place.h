// What the webhook routes share: whose webhooks, and telling the dispatcher that something changed.
#pragma once

#include <string>

#include "fcgi/app.h"

namespace choreo::fcgi {

struct WebhookPlace {
  std::string slug;
  log::Head head;
};

// Of the instance that the path names. Errors as log::Reader's.
Result<WebhookPlace> webhook_place(App& app, const Request& request);
control::WebhookLimits webhook_limits(const App& app);

void tell_dispatcher(App& app, const std::string& slug);

}  // namespace choreo::fcgi
