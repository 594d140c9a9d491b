#include "dispatcher/endpoint.h"

#include <algorithm>
#include <utility>

#include "eoql/parser.h"
#include "query/operation_match.h"
#include "service/logging.h"

namespace choreo::dispatcher {
namespace {

// An operation that took the place of a lost one, under its id and epoch, must not be taken for it.
std::string log_name(const control::Webhook& webhook) {
  return webhook.rewinds == 0 ? webhook.epoch : webhook.epoch + "." + std::to_string(webhook.rewinds);
}

}  // namespace

Endpoint::Endpoint(const control::Webhook& webhook, std::shared_ptr<Followed> followed, std::size_t stored_retries,
                   const DeliveryPolicy& policy, Random& random)
    : instance(std::move(followed)),
      state(webhook, stored_retries, policy, random),
      id_(webhook.id),
      log_name_(log_name(webhook)),
      due_asked_(webhook.due_asked) {
  configure(webhook);
}

void Endpoint::configure(const control::Webhook& webhook) {
  envelope_.emplace(webhook);
  cloudevents_ = webhook.cloudevents;
  replays_wait = webhook.replays > 0;
  due_wanted = due_wanted || webhook.due_asked != due_asked_;
  due_asked_ = webhook.due_asked;
  operators_.fill(webhook.operators.empty());
  for (const std::string& name : webhook.operators)
    if (const auto op = operator_named(name)) operators_[static_cast<std::size_t>(*op)] = true;
  tables_ = {webhook.tables.begin(), webhook.tables.end()};
  if (where_ != webhook.where) {
    where_ = webhook.where;
    conditions_.clear();
    // It was checked when it was registered.
    if (auto parsed = eoql::parse_conditions(where_); parsed.ok()) conditions_ = *std::move(parsed);
  }
  state.configure(webhook);
}

bool Endpoint::passes(const Record& record) const {
  if (!operators_[static_cast<std::size_t>(record.op())]) return false;
  if (!tables_.empty() && !tables_.contains(record.table())) return false;
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const eoql::Condition& condition) { return query::meets(record.operation(), condition); });
}

const std::shared_ptr<const std::string>& Endpoint::body_of(const Record& record) const {
  return cloudevents_ ? record.cloud_event(instance->slug, log_name_) : record.body();
}

Result<Request> Endpoint::request(const Record& record, std::int64_t now_ms) const {
  CHOREO_ASSIGN(const std::string message, message_id(instance->slug, log_name_, id_, record.id()));
  CHOREO_ASSIGN(Request request, envelope_->seal(message, body_of(record), now_ms));
  if (const std::string trace = record.trace_id(); !trace.empty()) request.headers.back() += "\r\nX-Trace-ID: " + trace;
  return request;
}

}  // namespace choreo::dispatcher
