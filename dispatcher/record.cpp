#include "dispatcher/record.h"

#include "base/ids.h"
#include "base/timestamp.h"
#include "dispatcher/cloud_event.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::dispatcher {

const std::string& Record::table() const {
  if (!table_) table_ = table_of(operation_.context);
  return *table_;
}

const std::string& Record::trace_id() const {
  if (trace_id_) return *trace_id_;
  trace_id_.emplace();
  const auto value = json::find(operation_.context, "trace_id");
  if (!value || !json::is_string(*value)) return *trace_id_;
  std::string text = json::unquote(*value);
  // An operation's context is the client's to write; a header is not.
  if (is_trace_id(text)) trace_id_ = std::move(text);
  return *trace_id_;
}

const std::shared_ptr<const std::string>& Record::body() const {
  if (!body_) {
    std::string json;
    append_json(json, operation_);
    body_ = std::make_shared<const std::string>(webhook_body(json));
  }
  return body_;
}

const std::shared_ptr<const std::string>& Record::cloud_event(const std::string& instance,
                                                              const std::string& log) const {
  if (!cloud_event_ || cloud_event_log_ != log) {
    cloud_event_log_ = log;
    const Result<std::int64_t> ms = parse_timestamp(operation_.ts);  // the earlier system's may be anything
    cloud_event_ = std::make_shared<const std::string>(
        dispatcher::cloud_event(log + "-" + std::to_string(operation_.id), instance, name_of(operation_.op), table(),
                                ms.ok() ? format_timestamp(*ms) : "", *body()));
  }
  return cloud_event_;
}

std::size_t Record::bytes() const {
  constexpr std::size_t kFixed = 512;  // the object, its strings' own overhead, guid and table
  return kFixed + 2 * (operation_.target.size() + operation_.context.size() + operation_.frame.size());
}

}  // namespace choreo::dispatcher
