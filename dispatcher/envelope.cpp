#include "dispatcher/envelope.h"

#include <curl/curl.h>

#include <utility>

#include "base/timestamp.h"
#include "control/secret.h"
#include "dispatcher/cloud_event.h"
#include "json/string.h"

namespace choreo::dispatcher {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::size_t kUsualHeaderBytes = 320;

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
  bool own_user_agent = true;
  for (const auto& [name, value] : webhook.headers) {
    custom_headers_.push_back(std::string(name).append(": ").append(value));
    if (curl_strequal(name.c_str(), "User-Agent")) own_user_agent = false;
  }
  fixed_lines_.append("Content-Type: ").append(cloudevents_ ? kCloudEventType : "application/json");
  if (own_user_agent) fixed_lines_.append("\r\nUser-Agent: choreo/" CHOREO_VERSION);
  fixed_lines_.append("\r\nX-Choreo-Instance: ").append(instance_);
}

Result<Request> Envelope::seal(std::string_view message, std::shared_ptr<const std::string> body,
                               std::int64_t now_ms) const {
  const std::int64_t timestamp = now_ms / kMsPerSecond;
  CHOREO_ASSIGN(std::string signatures, signer_.sign(message, timestamp, *body));
  if (old_signer_ && now_ms < old_until_ms_) {
    CHOREO_ASSIGN(const std::string old_signature, old_signer_->sign(message, timestamp, *body));
    signatures += " " + old_signature;
  }
  Request request{url_, {}, std::move(body)};
  request.headers.reserve(custom_headers_.size() + 2);
  request.headers = custom_headers_;
  std::string& lines = request.headers.emplace_back();
  lines.reserve(kUsualHeaderBytes);
  lines.append(fixed_lines_);
  lines.append("\r\nwebhook-id: ").append(message);
  lines.append("\r\nwebhook-timestamp: ").append(std::to_string(timestamp));
  lines.append("\r\nwebhook-signature: ").append(signatures);
  return request;
}

Result<Request> Envelope::ping(const control::Ping& ping, std::int64_t now_ms) const {
  const std::string time = format_timestamp(now_ms);
  CHOREO_ASSIGN(const std::string message, message_id(instance_, epoch_, id_, "ping-" + std::to_string(ping.id)));
  std::string body = "{\"ping\":true,\"webhook\":" + json::quote(id_) + ",\"instance\":" + json::quote(instance_) +
                     ",\"ts\":" + json::quote(time) + "}";
  if (cloudevents_) body = cloud_event(message, instance_, "ping", "", time, body);
  CHOREO_ASSIGN(Request request, seal(message, std::make_shared<const std::string>(std::move(body)), now_ms));
  request.headers.back() += "\r\nX-Choreo-Ping: true";
  return request;
}

}  // namespace choreo::dispatcher
