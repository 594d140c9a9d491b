// What the processes count and how large the site is: GET /metrics in the text format of Prometheus.
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include "fcgi/app.h"
#include "service/status_file.h"

namespace choreo::fcgi {
namespace {

namespace fs = std::filesystem;
constexpr const char* kType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::int64_t kUsPerSecond = 1'000'000;

std::string_view name_of(service::MetricKind kind) {
  switch (kind) {
    case service::MetricKind::counter:
      return "counter";
    case service::MetricKind::gauge:
      return "gauge";
    case service::MetricKind::histogram:
      return "histogram";
  }
  return "untyped";
}

void append_head(std::string& out, const service::Metric& metric) {
  out.append("# HELP ").append(metric.name).append(" ").append(metric.help).append("\n");
  out.append("# TYPE ").append(metric.name).append(" ").append(name_of(metric.kind)).append("\n");
}

std::string labels_of(const service::ProcessStatus& status) {
  return "process=\"" + status.process + "\",pid=\"" + std::to_string(status.pid) + "\"";
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, const std::string& value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

// A value as a process wrote it (service::Values).
struct Written {
  std::string_view name;  // without its label
  std::string label;      // ",name=\"value\"", or ""
};

Written taken_apart(std::string_view key) {
  const std::size_t bar = key.find('|');
  if (bar == std::string_view::npos) return {key, ""};
  const std::string_view label = key.substr(bar + 1);
  const std::size_t equals = std::min(label.find('='), label.size());
  std::string text = "," + std::string(label.substr(0, equals)) + "=\"";
  text.append(label.substr(std::min(equals + 1, label.size()))).append("\"");
  return {key.substr(0, bar), text};
}

bool belongs_to(std::string_view name, const service::Metric& metric) {
  if (metric.kind != service::MetricKind::histogram) return name == metric.name;
  if (!name.starts_with(metric.name)) return false;
  constexpr std::array<std::string_view, 3> kEndings = {"_bucket", "_sum", "_count"};
  return std::find(kEndings.begin(), kEndings.end(), name.substr(metric.name.size())) != kEndings.end();
}

std::string seconds(std::int64_t us) {
  std::string fraction = std::to_string(us % kUsPerSecond);
  fraction.insert(0, 6 - fraction.size(), '0');
  return std::to_string(us / kUsPerSecond) + "." + fraction;
}

void append_metric(std::string& out, const service::Metric& metric, const std::vector<service::ProcessStatus>& all) {
  append_head(out, metric);
  for (const service::ProcessStatus& status : all)
    for (const auto& [key, value] : status.values) {
      const Written written = taken_apart(key);
      if (!belongs_to(written.name, metric)) continue;
      const bool sum = metric.kind == service::MetricKind::histogram && written.name.ends_with("_sum");
      append_sample(out, written.name, labels_of(status) + written.label, sum ? seconds(value) : std::to_string(value));
    }
}

struct Sizes {
  std::int64_t instances = 0;
  std::int64_t bytes = 0;
};

// What cannot be looked at, or goes meanwhile, does not count.
Sizes sizes_of(const std::string& dir) {
  Sizes sizes;
  std::error_code error;
  for (const std::string& each : {dir, dir + "/.control"})
    for (fs::directory_iterator it(each, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      if (!it->is_regular_file(ignored)) continue;
      const std::uintmax_t bytes = it->file_size(ignored);
      if (!ignored) sizes.bytes += static_cast<std::int64_t>(bytes);
      if (each == dir && it->path().extension() == ".db") ++sizes.instances;
    }
  return sizes;
}

void append_site(std::string& out, const std::string& dir) {
  const Sizes sizes = sizes_of(dir);
  struct statvfs disk {};
  const bool known = statvfs(dir.c_str(), &disk) == 0;
  const auto bytes = [&](auto blocks) {
    return known ? static_cast<std::int64_t>(blocks) * static_cast<std::int64_t>(disk.f_frsize) : 0;
  };
  const std::array values = {sizes.instances, sizes.bytes, bytes(disk.f_blocks), bytes(disk.f_bavail)};
  static_assert(values.size() == service::kSiteMetrics.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    append_head(out, service::kSiteMetrics[i]);
    append_sample(out, service::kSiteMetrics[i].name, "", std::to_string(values[i]));
  }
}

Response metrics(const App& app) {
  const std::vector<service::ProcessStatus> statuses = service::read_statuses(app.options.run_dir);
  std::string out;
  append_head(out,
              {"choreo_up", service::MetricKind::gauge, "1 where the process has written its state lately, else 0."});
  for (const service::ProcessStatus& status : statuses)
    append_sample(out, "choreo_up", labels_of(status), status.age_ms > service::kStaleMs ? "0" : "1");
  append_head(out,
              {"choreo_start_time_seconds", service::MetricKind::gauge, "When the process started, in Unix time."});
  for (const service::ProcessStatus& status : statuses)
    append_sample(out, "choreo_start_time_seconds", labels_of(status), std::to_string(status.started_ms / 1000));
  for (const service::Metric& metric : service::kMetrics) append_metric(out, metric, statuses);
  append_site(out, app.instances.dir());
  Response response;
  response.content_type = kType;
  response.body = std::move(out);
  return response;
}

}  // namespace

void add_metrics_routes(Router& router, App& app) {
  router.add("GET", "/metrics", [&app](Request&) -> Result<Response> { return metrics(app); });
}

}  // namespace choreo::fcgi
