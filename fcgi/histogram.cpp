// How many operations of an instance happened when: GET /{instance}/histogram.
#include "log/histogram.h"

#include "base/timestamp.h"
#include "fcgi/app.h"
#include "json/string.h"

namespace choreo::fcgi {
namespace {

constexpr std::int64_t kDefaultBuckets = 100;

Result<log::HistogramRange> range_of(const Request& request) {
  log::HistogramRange range;
  range.buckets = http::integer_parameter(request.target, "buckets").value_or(kDefaultBuckets);
  range.from_ms = http::time_parameter(request.target, "from");
  range.to_ms = http::time_parameter(request.target, "to");
  if (range.from_ms && range.to_ms && *range.from_ms >= *range.to_ms)
    return invalid("bad_parameter", "'to' must be later than 'from'; it is not itself within the histogram", "to");
  return range;
}

std::string json_of(const log::Histogram& found) {
  std::string counts, last_ids;
  for (const log::Histogram::Bucket& bucket : found.buckets) {
    counts.append(counts.empty() ? "" : ",").append(std::to_string(bucket.operations));
    last_ids.append(last_ids.empty() ? "" : ",").append(std::to_string(bucket.last_id));
  }
  const std::string from = found.buckets.empty() ? "null" : json::quote(format_timestamp(found.from_ms));
  return "{\"from\":" + from + ",\"bucket_ms\":" + std::to_string(found.bucket_ms) + ",\"counts\":[" + counts +
         "],\"last_ids\":[" + last_ids + "],\"head\":" + std::to_string(found.head) + "}";
}

Result<Response> histogram(App& app, const Request& request) {
  CHOREO_ASSIGN(const std::string slug, slug_of(request, 0));
  CHOREO_ASSIGN(const log::HistogramRange range, range_of(request));
  CHOREO_ASSIGN(auto reader, app.readers.lease(slug));
  CHOREO_ASSIGN(const log::Histogram found, log::histogram(*reader.operator->(), range));
  return json_response(json_of(found));
}

}  // namespace

void add_histogram_routes(Router& router, App& app) {
  router.add("GET", "/{}/histogram", [&app](Request& request) { return histogram(app, request); });
}

}  // namespace choreo::fcgi
