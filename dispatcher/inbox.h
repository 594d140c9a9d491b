// Hints from the subscriber's thread to the loop, the newest of each kind only.
// Invariants: bounded by the number of instances followed.
// Thread-safety: any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "log/reader.h"
#include "wire/message.h"

namespace choreo::dispatcher {

struct Hints {
  std::map<std::string, log::Head> heads;  // by slug
  std::set<std::string> gone;              // or no longer what they were
  bool webhooks_changed = false;
};

class Inbox {
 public:
  // wake: ends the loop's wait; called from the thread that puts.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void put(const wire::Message& message);
  Hints take();

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;
  Hints hints_;  // guarded by mutex_
};

}  // namespace choreo::dispatcher
