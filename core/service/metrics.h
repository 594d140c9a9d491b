// What the processes count, for GET /metrics: every metric with its kind and its meaning. docs/metrics.md lists the
// same.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace choreo::service {

// A histogram's values are named with the endings of Prometheus: _bucket, _sum (in microseconds here), _count.
enum class MetricKind { counter, gauge, histogram };

struct Metric {
  std::string_view name;
  MetricKind kind;
  std::string_view help;
};

inline constexpr std::array kMetrics = {
    Metric{"choreo_requests_total", MetricKind::counter, "Requests that a worker answered."},
    Metric{"choreo_failed_requests_total", MetricKind::counter, "Requests that a worker answered with a 5xx status."},
    Metric{"choreo_responses_total", MetricKind::counter, "Answers of a worker, by HTTP status."},
    Metric{"choreo_request_duration_seconds", MetricKind::histogram,
           "From a request's arrival at a worker until its answer was ready."},
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
    Metric{"choreo_webhooks", MetricKind::gauge, "Registered webhooks."},
    Metric{"choreo_webhooks_failing", MetricKind::gauge, "Webhooks that only fail and are probed."},
    Metric{"choreo_webhooks_paused", MetricKind::gauge, "Webhooks whose `active` is false."},
    Metric{"choreo_webhooks_disabled", MetricKind::gauge, "Webhooks that the server switched off."},
    Metric{"choreo_webhook_lag", MetricKind::gauge,
           "Operations between webhooks that are at work and the heads of their logs, summed."},
    Metric{"choreo_webhook_lag_max", MetricKind::gauge, "The same of the webhook that is farthest behind."},
    Metric{"choreo_webhook_retrying", MetricKind::gauge, "Deliveries that failed and wait to be tried again."},
    Metric{"choreo_webhook_dead", MetricKind::gauge, "Deliveries that were given up and not sent again."},
};

// Of the site, found out when they are asked for; they have no labels.
inline constexpr std::array kSiteMetrics = {
    Metric{"choreo_instances", MetricKind::gauge, "Instances."},
    Metric{"choreo_data_bytes", MetricKind::gauge, "Size of the data directory's files, write-ahead logs included."},
    Metric{"choreo_disk_bytes", MetricKind::gauge, "Size of the file system that the data directory is on."},
    Metric{"choreo_disk_free_bytes", MetricKind::gauge, "What is free of it for the server."},
};

// Of some of kMetrics: name, or name|label=value. Labels have few values, which no client chooses.
using Values = std::vector<std::pair<std::string, std::int64_t>>;

}  // namespace choreo::service
