#include "dispatcher/envelope.h"

#include <utility>

#include "base/timestamp.h"
#include "control/secret.h"
#include "dispatcher/cloud_event.h"
#include "json/string.h"

namespace choreo::dispatcher {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

Signer signer_of(const std::string& secret) {
  return Signer(control::secret_key(secret).value_or(""));
}

}  // namespace

Envelope::Envelope(const control::Webhook& webhook)
    : id_(webhook.id),
      instance_(webhook.instance),
      epoch_(webhook.epoch),
      url_(webhook.url),
      cloudevents_(webhook.cloudevents),
      signer_(signer_of(webhook.secret)),
      old_until_ms_(webhook.old_secret_until_ms) {
  if (!webhook.old_secret.empty()) old_signer_.emplace(signer_of(webhook.old_secret));
  fixed_headers_.push_back(std::string("Content-Type: ").append(cloudevents_ ? kCloudEventType : "application/json"));
  fixed_headers_.push_back("X-Choreo-Instance: " + webhook.instance);
  for (const auto& [name, value] : webhook.headers)
    fixed_headers_.push_back(std::string(name).append(": ").append(value));
}

Request Envelope::seal(std::string_view message, std::shared_ptr<const std::string> body, std::int64_t now_ms) const {
  const std::int64_t timestamp = now_ms / kMsPerSecond;
  std::string signatures = signer_.sign(message, timestamp, *body);
  if (old_signer_ && now_ms < old_until_ms_) signatures += " " + old_signer_->sign(message, timestamp, *body);
  Request request{url_, fixed_headers_, std::move(body)};
  request.headers.push_back(std::string("webhook-id: ").append(message));
  request.headers.push_back("webhook-timestamp: " + std::to_string(timestamp));
  request.headers.push_back("webhook-signature: " + signatures);
  return request;
}

Request Envelope::ping(const control::Ping& ping, std::int64_t now_ms) const {
  const std::string time = format_timestamp(now_ms);
  const std::string message = message_id(instance_, epoch_, id_, "ping-" + std::to_string(ping.id));
  std::string body = "{\"ping\":true,\"webhook\":" + json::quote(id_) + ",\"instance\":" + json::quote(instance_) +
                     ",\"ts\":" + json::quote(time) + "}";
  if (cloudevents_) body = cloud_event(message, instance_, "ping", "", time, body);
  Request request = seal(message, std::make_shared<const std::string>(std::move(body)), now_ms);
  request.headers.emplace_back("X-Choreo-Ping: true");
  return request;
}

}  // namespace choreo::dispatcher
