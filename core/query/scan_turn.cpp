#include "query/scan_turn.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "base/semaphore.h"

namespace choreo::query {
namespace {

// Gives turns in the order in which they are asked for.
class Turns {
 public:
  bool enter() {
    const std::lock_guard lock(mutex_);
    if (scans_ >= kMaxLongScans) return false;
    ++scans_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --scans_;
  }
  void take() {
    Semaphore turn;
    {
      const std::lock_guard lock(mutex_);
      if (free_ > 0) {
        --free_;
        return;
      }
      waiting_.push_back(&turn);
    }
    turn.wait();
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    waiting_.front()->post();
    waiting_.pop_front();
  }
  int scans() {
    const std::lock_guard lock(mutex_);
    return scans_;
  }

 private:
  std::mutex mutex_;
  unsigned free_ = std::max(1u, std::thread::hardware_concurrency() / 2);  // guarded by mutex_, as all below
  int scans_ = 0;
  std::deque<Semaphore*> waiting_;  // of the threads in take(), which own them
};

Turns& turns() {
  static Turns all;
  return all;
}

}  // namespace

ScanTurn::~ScanTurn() {
  if (has_turn_) turns().give_back();
  if (counted_) turns().leave();
}

Status ScanTurn::look_at(std::int64_t count) {
  left_ -= count;
  if (left_ >= 0) return {};
  if (!counted_ && !turns().enter())
    return make_error(ErrorKind::unavailable, "too_many_scans",
                      std::to_string(kMaxLongScans) +
                          " queries look through much of a log or a table already; ask for less, or try again");
  counted_ = true;
  if (has_turn_) turns().give_back();
  has_turn_ = false;
  turns().take();
  has_turn_ = true;
  left_ = kScanSlice;
  return {};
}

int long_scans() {
  return turns().scans();
}

}  // namespace choreo::query
