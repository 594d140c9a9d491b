// Between the wire and the loops: subscribes to an instance while a feed of any loop wants it, and hands each message
// to the loops that do, and to no other.
//
// Thread-safety: every function may be called from any thread; publish() runs on the subscriber's.
// Ownership: neither the loops nor the subscriber; disconnect() before the subscriber ends.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/text_map.h"
#include "streamer/update.h"
#include "wire/subscriber.h"

namespace choreo::streamer {

class Hub {
 public:
  // deliver: gives an update to the loop with that index; must not block.
  using Deliver = std::function<void(std::size_t loop, UpdatePtr)>;

  Hub(std::size_t loops, Deliver deliver) : loops_(loops), deliver_(std::move(deliver)) {}

  void connect(wire::Subscriber* subscriber);
  void disconnect() { connect(nullptr); }

  // Counted: as many unwatches as watches end it.
  void watch(const std::string& slug, std::size_t loop);
  void unwatch(const std::string& slug, std::size_t loop);

  void publish(wire::Message message);
  bool broker_alive() const;

 private:
  std::vector<std::size_t> watching(const std::string& slug) const;

  const std::size_t loops_;
  const Deliver deliver_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  wire::Subscriber* subscriber_ = nullptr;
  TextMap<std::vector<std::size_t>> watches_;  // count for each loop
};

}  // namespace choreo::streamer
