#include "streamer/hub.h"

#include <algorithm>

namespace choreo::streamer {

void Hub::connect(wire::Subscriber* subscriber) {
  const std::lock_guard lock(mutex_);
  subscriber_ = subscriber;
}

void Hub::watch(const std::string& slug, std::size_t loop) {
  const std::lock_guard lock(mutex_);
  auto& counts = watches_[slug];
  counts.resize(loops_);
  ++counts[loop];
  if (subscriber_ != nullptr) subscriber_->subscribe(slug);
}

void Hub::unwatch(const std::string& slug, std::size_t loop) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(slug);
  if (found == watches_.end()) return;
  auto& counts = found->second;
  --counts[loop];
  if (std::all_of(counts.begin(), counts.end(), [](std::size_t count) { return count == 0; })) watches_.erase(found);
  if (subscriber_ != nullptr) subscriber_->unsubscribe(slug);
}

std::vector<std::size_t> Hub::watching(const std::string& slug) const {
  std::vector<std::size_t> loops;
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(slug);
  if (found == watches_.end()) return loops;
  for (std::size_t i = 0; i < loops_; ++i) {
    if (found->second[i] > 0) loops.push_back(i);
  }
  return loops;
}

void Hub::publish(wire::Message message) {
  const bool concerns_log = message.kind == wire::MessageKind::committed || message.kind == wire::MessageKind::head ||
                            message.kind == wire::MessageKind::gone || message.kind == wire::MessageKind::returned;
  if (!concerns_log) return;
  const std::vector<std::size_t> loops = watching(message.slug);
  if (loops.empty()) return;
  const UpdatePtr update = Update::from(std::move(message));
  for (const std::size_t loop : loops) deliver_(loop, update);
}

bool Hub::broker_alive() const {
  const std::lock_guard lock(mutex_);
  return subscriber_ != nullptr && subscriber_->broker_alive();
}

}  // namespace choreo::streamer
