// Settings of choreo-dispatcher.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "dispatcher/delivery.h"
#include "dispatcher/schedule.h"
#include "dispatcher/webhook_state.h"
#include "service/daemon.h"

namespace choreo::dispatcher {

struct DispatcherOptions : service::CommonOptions {
  std::int64_t webhook_timeout_secs = 10;      // CHOREO_WEBHOOK_TIMEOUT_SECS: of one attempt
  std::int64_t webhook_max_in_flight = 4;      // CHOREO_WEBHOOK_MAX_IN_FLIGHT: deliveries at once to one webhook
  std::int64_t webhook_max_connections = 256;  // CHOREO_WEBHOOK_MAX_CONNECTIONS: deliveries at once to all
  std::string webhook_retry_secs = std::string(Schedule::kDefault);  // CHOREO_WEBHOOK_RETRY_SECS
  std::int64_t webhook_probe_secs = 300;  // CHOREO_WEBHOOK_PROBE_SECS: longest wait between probes of a failing one
  std::int64_t webhook_disable_secs = 5 * 86400;  // CHOREO_WEBHOOK_DISABLE_SECS: of nothing but failures
  std::int64_t webhook_history = 1000;            // CHOREO_WEBHOOK_HISTORY: attempts kept of each webhook
  std::int64_t webhook_history_days = 30;         // CHOREO_WEBHOOK_HISTORY_DAYS: and how long
  std::string webhook_allow;                      // CHOREO_WEBHOOK_ALLOW: internal networks that may be called
  std::string webhook_ca_file;  // CHOREO_WEBHOOK_CA_FILE: certificates to trust instead of the system's

  void declare(options::OptionSet& set);
  // REQUIRES: parsed.
  Result<DeliveryPolicy> delivery_policy() const;
  TransportOptions transport() const;
};

}  // namespace choreo::dispatcher
