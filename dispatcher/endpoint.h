// A webhook at work: its registration, its state, and what is needed to send.
// Thread-safety: none; part of the loop's state.
// Ownership: shared by the registry and by deliveries on their way, which may outlive the registration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/text_map.h"
#include "control/webhooks.h"
#include "dispatcher/envelope.h"
#include "dispatcher/record.h"
#include "dispatcher/webhook_state.h"
#include "eoql/query.h"
#include "operation/operation.h"

namespace choreo::dispatcher {

// An instance that has webhooks at work.
struct Followed {
  std::string slug;
  std::string epoch;
  std::int64_t head = 0;
  bool distrusted = false;            // it may be gone: look before going on
  std::int64_t blocked_until_ms = 0;  // the loop's time; its log could not be read
};

class Endpoint {
 public:
  Endpoint(const control::Webhook& webhook, std::shared_ptr<Followed> instance, std::size_t stored_retries,
           const DeliveryPolicy& policy, Random& random);

  // Takes over what a client may change: secret, filters, headers.
  void configure(const control::Webhook& webhook);
  bool passes(const Record& record) const;
  // The signed delivery of the record. now_ms: wall clock.
  Result<Request> request(const Record& record, std::int64_t now_ms) const;
  const std::string& body(const Record& record) const { return *body_of(record); }

  const std::string& id() const { return id_; }
  // Whether an outcome is still to come or to be stored.
  bool busy() const { return state.in_flight() > 0 || dirty; }
  const std::shared_ptr<Followed> instance;
  WebhookState state;

  // The loop's notes.
  bool stopped = false;  // no longer at work: outcomes are dropped
  bool resting = false;  // paused or disabled: nothing new is sent, and it stops once all outcomes are stored
  bool dirty = false;    // in the list of those to settle
  bool ready = false;    // in the ready queue
  std::optional<std::int64_t> timer_ms;
  std::size_t bytes_in_flight = 0;
  bool replays_wait = false;              // in control.db
  bool due_wanted = false;                // all that waits is to be due now
  std::optional<control::Replay> replay;  // the one at work

 private:
  const std::shared_ptr<const std::string>& body_of(const Record& record) const;

  const std::string id_;
  const std::string log_name_;  // tells the operations of this log from those of others of this instance
  std::int64_t due_asked_ = 0;  // as it was seen last
  std::optional<Envelope> envelope_;
  bool cloudevents_ = false;
  std::array<bool, kOperatorNames.size()> operators_{};
  TextSet tables_;  // empty: all
  std::string where_;
  std::vector<eoql::Condition> conditions_;  // of where_
};

using EndpointPtr = std::shared_ptr<Endpoint>;

}  // namespace choreo::dispatcher
