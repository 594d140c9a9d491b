#include "dispatcher/retry_queue.h"

#include <algorithm>
#include <iterator>

namespace choreo::dispatcher {

std::vector<std::int64_t> RetryQueue::window_ids() const {
  std::vector<std::int64_t> ids;
  for (const auto& [key, retry] : window_) ids.push_back(retry.op_id);
  return ids;
}

void RetryQueue::set_order(Order order) {
  if (order_ == order) return;
  order_ = order;
  read_again();
}

void RetryQueue::read_again() {
  outside_ += window_.size();
  window_.clear();
}

void RetryQueue::put(control::Retry retry) {
  const Key key = key_of(retry);
  // Beyond the window's last there may be others outside that come before this one.
  const bool beyond = outside_ > 0 && (window_.empty() || key > window_.rbegin()->first);
  if (beyond) {
    ++outside_;
    return;
  }
  window_.insert_or_assign(key, std::move(retry));
  trim();
}

std::optional<control::Retry> RetryQueue::take(std::int64_t op_id) {
  const auto found =
      std::find_if(window_.begin(), window_.end(), [&](const auto& entry) { return entry.second.op_id == op_id; });
  if (found == window_.end()) return std::nullopt;
  control::Retry retry = std::move(found->second);
  window_.erase(found);
  return retry;
}

void RetryQueue::refill(std::vector<control::Retry> rows, bool complete) {
  const std::size_t count = rows.size();
  for (control::Retry& retry : rows) {
    const Key key = key_of(retry);
    window_.insert_or_assign(key, std::move(retry));
  }
  outside_ = complete ? 0 : outside_ - std::min(outside_, count);
  // Rows that are there must not be forgotten for a wrong count; one more refill finds out.
  if (!complete && outside_ == 0) outside_ = 1;
  trim();
}

void RetryQueue::trim() {
  while (window_.size() > kWindow) {
    window_.erase(std::prev(window_.end()));
    ++outside_;
  }
}

}  // namespace choreo::dispatcher
