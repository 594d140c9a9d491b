#include "dispatcher/endpoint.h"

#include <utility>

#include "control/secret.h"

namespace choreo::dispatcher {

Endpoint::Endpoint(const control::Webhook& webhook, std::shared_ptr<Followed> followed, std::size_t stored_retries,
                   const DeliveryPolicy& policy, Random& random)
    : instance(std::move(followed)), state(webhook, stored_retries, policy, random), id_(webhook.id) {
  configure(webhook);
}

void Endpoint::configure(const control::Webhook& webhook) {
  url_ = webhook.url;
  signer_.emplace(control::secret_key(webhook.secret).value_or(""));
  operators_.fill(webhook.operators.empty());
  for (const std::string& name : webhook.operators)
    if (const auto op = operator_named(name)) operators_[static_cast<std::size_t>(*op)] = true;
  tables_ = {webhook.tables.begin(), webhook.tables.end()};
  fixed_headers_ = {"Content-Type: application/json", "X-Choreo-Instance: " + instance->slug};
  for (const auto& [name, value] : webhook.headers)
    fixed_headers_.push_back(std::string(name).append(": ").append(value));
}

bool Endpoint::passes(const Record& record) const {
  return operators_[static_cast<std::size_t>(record.op())] && (tables_.empty() || tables_.contains(record.table()));
}

Request Endpoint::request(const Record& record, std::int64_t now_ms) {
  constexpr std::int64_t kMsPerSecond = 1000;
  const std::int64_t timestamp = now_ms / kMsPerSecond;
  const std::string message = message_id(instance->slug, instance->epoch, id_, record.id());
  Request request{url_, fixed_headers_, record.body()};
  request.headers.push_back("webhook-id: " + message);
  request.headers.push_back("webhook-timestamp: " + std::to_string(timestamp));
  request.headers.push_back("webhook-signature: " + signer_->sign(message, timestamp, *request.body));
  if (const std::string trace = record.trace_id(); !trace.empty()) request.headers.push_back("X-Trace-ID: " + trace);
  return request;
}

}  // namespace choreo::dispatcher
