// An operation as deliveries need it: what filters look at, and the body, made once for all webhooks that get it.
// Thread-safety: none; shared within the loop's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "operation/operation.h"

namespace choreo::dispatcher {

class Record {
 public:
  explicit Record(Operation operation) : operation_(std::move(operation)) {}

  std::int64_t id() const { return operation_.id; }
  Operator op() const { return operation_.op; }
  const std::string& table() const;
  // context.trace_id; "" where there is none that can stand in a header.
  const std::string& trace_id() const;
  const Operation& operation() const { return operation_; }
  // The JSON that is sent (SPEC 7).
  const std::shared_ptr<const std::string>& body() const;
  // The same as a CloudEvent. The same instance each time; log: its epoch, or what tells it from others of that epoch.
  const std::shared_ptr<const std::string>& cloud_event(const std::string& instance, const std::string& log) const;
  // About what the record and its body take.
  std::size_t bytes() const;

 private:
  Operation operation_;
  mutable std::optional<std::string> table_;
  mutable std::optional<std::string> trace_id_;
  mutable std::shared_ptr<const std::string> body_;
  mutable std::shared_ptr<const std::string> cloud_event_;
  mutable std::string cloud_event_log_;  // that it was made for
};

}  // namespace choreo::dispatcher
