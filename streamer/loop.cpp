#include "streamer/loop.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "streamer/connection.h"
#include "streamer/feed.h"
#include "streamer/limits.h"
#include "streamer/session.h"
#include "streamer/sse.h"

namespace choreo::streamer {

Loop::Loop(Services& services, std::size_t index)
    : services_(services), index_(index), work_(io_.get_executor()), sweep_timer_(io_), drain_timer_(io_) {}

Loop::~Loop() = default;

void Loop::start() {
  arm_sweep();
  // An exception ends the process: memory has run out, and clients resume where they were once it is started again.
  thread_ = std::thread([this] { io_.run(); });
}

void Loop::adopt(int fd) {
  // The listener keeps the limit; here it is only counted.
  auto permit = Permit::take(connections_, std::numeric_limits<std::int64_t>::max());
  post([this, fd, permit = std::move(*permit)]() mutable {
    Socket socket(io_, fd, std::move(permit));
    if (draining_) return;
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    pending_.insert(connection);
    connection->start();
  });
}

void Loop::deliver(UpdatePtr update) {
  const std::size_t bytes = update->bytes;
  if (undelivered_bytes_.fetch_add(bytes, std::memory_order_relaxed) > kUndeliveredBytes) {
    undelivered_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    lost_updates_.store(true, std::memory_order_relaxed);
    return;
  }
  post([this, update = std::move(update)] {
    undelivered_bytes_.fetch_sub(update->bytes, std::memory_order_relaxed);
    apply(*update);
  });
}

void Loop::apply(const Update& update) {
  if (lost_updates_.exchange(false, std::memory_order_relaxed)) {
    for (const auto& feed : all_feeds()) feed->verify();
  }
  const auto found = feeds_.find(update.slug);
  if (found == feeds_.end()) return;
  const auto feeds = found->second;
  for (const auto& feed : feeds) feed->apply(update);
}

std::shared_ptr<Feed> Loop::feed(const std::string& slug, const std::string& epoch) {
  auto& feeds = feeds_[slug];
  for (const auto& feed : feeds) {
    if (feed->epoch() == epoch) return feed;
  }
  feeds.push_back(std::make_shared<Feed>(*this, slug, epoch));
  feeds.back()->open();
  return feeds.back();
}

void Loop::release(const std::shared_ptr<Feed>& feed) {
  post([this, feed] {
    if (!feed->unused()) return;
    const auto found = feeds_.find(feed->slug());
    if (found == feeds_.end() || std::erase(found->second, feed) == 0) return;
    if (found->second.empty()) feeds_.erase(found);
    feed->close();
  });
}

void Loop::forget(const std::shared_ptr<Connection>& connection) {
  pending_.erase(connection);
}

std::vector<std::shared_ptr<Feed>> Loop::all_feeds() const {
  std::vector<std::shared_ptr<Feed>> all;
  for (const auto& [slug, feeds] : feeds_) all.insert(all.end(), feeds.begin(), feeds.end());
  return all;
}

void Loop::arm_sweep() {
  sweep_timer_.expires_after(std::chrono::milliseconds(kSweepMs));
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

void Loop::sweep() {
  arm_sweep();
  const std::int64_t now = services_.clock.steady_ms();
  for (const auto& feed : all_feeds()) feed->sweep(now);
  const std::vector<std::shared_ptr<Connection>> pending(pending_.begin(), pending_.end());
  for (const auto& connection : pending) connection->sweep(now);
}

void Loop::look_at_tokens() {
  post([this] {
    for (const auto& feed : all_feeds()) feed->look_at_tokens();
  });
}

void Loop::drain() {
  post([this] { begin_drain(); });
}

void Loop::begin_drain() {
  draining_ = true;
  sweep_timer_.cancel();
  const std::vector<std::shared_ptr<Connection>> pending(pending_.begin(), pending_.end());
  for (const auto& connection : pending) connection->close();
  for (const auto& feed : all_feeds()) {
    const auto sessions = feed->sessions();
    to_end_.insert(to_end_.end(), sessions.begin(), sessions.end());
  }
  const auto spread = std::min(kDrainMs, static_cast<std::int64_t>(to_end_.size()) * kDrainPerStreamMs);
  drain_step(services_.clock.steady_ms() + spread);
}

void Loop::drain_step(std::int64_t deadline_ms) {
  const std::int64_t left = deadline_ms - services_.clock.steady_ms();
  const auto steps = static_cast<std::size_t>(std::max<std::int64_t>(left, 0) / kDrainStepMs + 1);
  for (std::size_t share = (to_end_.size() + steps - 1) / steps; share > 0; --share) {
    const auto jitter = static_cast<std::int64_t>(services_.random.next_u64() % kRetryJitterMs);
    to_end_.back()->end(retry_field(services_.options.retry_ms + jitter));
    to_end_.pop_back();
  }
  if (connections() == 0 || left <= -kDrainGraceMs) {
    io_.stop();
    return;
  }
  drain_timer_.expires_after(std::chrono::milliseconds(kDrainStepMs));
  drain_timer_.async_wait([this, deadline_ms](boost::system::error_code) { drain_step(deadline_ms); });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
  for (const auto& feed : all_feeds()) feed->close();
  feeds_.clear();
  pending_.clear();
}

}  // namespace choreo::streamer
