#include "fcgi/server/request_counts.h"

#include <string>

namespace choreo::fcgi::server {

void RequestCounts::note(int status, std::int64_t us) {
  if (status >= kFirstStatus && status < kFirstStatus + kStatuses)
    by_status_[static_cast<std::size_t>(status - kFirstStatus)].fetch_add(1, std::memory_order_relaxed);
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && us > kBounds[bucket].us) ++bucket;
  by_duration_[bucket].fetch_add(1, std::memory_order_relaxed);
  us_.fetch_add(us, std::memory_order_relaxed);
}

void RequestCounts::append_to(service::Values& values) const {
  std::int64_t failed = 0;
  for (std::size_t i = 0; i < by_status_.size(); ++i) {
    const std::int64_t count = by_status_[i].load(std::memory_order_relaxed);
    if (count == 0) continue;
    const int status = kFirstStatus + static_cast<int>(i);
    if (status >= 500) failed += count;
    values.emplace_back("choreo_responses_total|code=" + std::to_string(status), count);
  }
  std::int64_t up_to = 0;
  for (std::size_t i = 0; i < by_duration_.size(); ++i) {
    up_to += by_duration_[i].load(std::memory_order_relaxed);
    const std::string bound = i < kBounds.size() ? kBounds[i].name : "+Inf";
    values.emplace_back("choreo_request_duration_seconds_bucket|le=" + bound, up_to);
  }
  values.emplace_back("choreo_request_duration_seconds_sum", us_.load(std::memory_order_relaxed));
  values.emplace_back("choreo_request_duration_seconds_count", up_to);
  values.emplace_back("choreo_requests_total", up_to);
  values.emplace_back("choreo_failed_requests_total", failed);
}

}  // namespace choreo::fcgi::server
