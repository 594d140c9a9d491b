// What the processes count, for GET /metrics: every metric with its kind and its meaning. docs/metrics.md lists the
// same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace choreo::service {

enum class MetricKind { counter, gauge };

struct Metric {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
};

inline constexpr std::array kMetrics = {
    Metric{"choreo_requests_total", MetricKind::counter, "Requests that a worker answered."},
    Metric{"choreo_failed_requests_total", MetricKind::counter, "Requests that a worker answered with a 5xx status."},
    Metric{"choreo_commits_total", MetricKind::counter, "Transactions that a worker committed."},
    Metric{"choreo_operations_total", MetricKind::counter, "Operations that a worker committed."},
    Metric{"choreo_connections", MetricKind::gauge, "Connections that nginx holds to a worker."},
    Metric{"choreo_relayed_messages_total", MetricKind::counter, "Messages that the broker passed on."},
    Metric{"choreo_watched_instances", MetricKind::gauge,
           "Instances that somebody streams or delivers, at the broker."},
    Metric{"choreo_streams", MetricKind::gauge, "Open streams."},
    Metric{"choreo_stream_events_total", MetricKind::counter, "Operations that were sent on streams."},
    Metric{"choreo_webhook_deliveries_total", MetricKind::counter, "Deliveries that an endpoint took."},
    Metric{"choreo_webhook_failures_total", MetricKind::counter, "Attempts that failed."},
    Metric{"choreo_webhook_in_flight", MetricKind::gauge, "Deliveries on their way."},
};

// Of some of the metrics above.
using Values = std::vector<std::pair<std::string_view, std::int64_t>>;

}  // namespace choreo::service
