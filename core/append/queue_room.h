// How much may wait: so many entries and so many bytes. Purpose: what clients send faster than the disk takes it is
// refused, and does not fill the memory.
// Invariant: one entry always has room where nothing waits, whatever its size.
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>

namespace choreo::append {

class QueueRoom {
 public:
  QueueRoom(std::size_t max_entries, std::size_t max_bytes) : max_entries_(max_entries), max_bytes_(max_bytes) {}

  // False: there is no room, and nothing was taken.
  [[nodiscard]] bool take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (entries_ > 0 && (entries_ >= max_entries_ || bytes > max_bytes_ - std::min(bytes_, max_bytes_))) return false;
    ++entries_;
    bytes_ += bytes;
    return true;
  }
  void give_back(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    --entries_;
    bytes_ -= bytes;
  }

 private:
  const std::size_t max_entries_;
  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::size_t entries_ = 0;  // guarded by mutex_, as is bytes_
  std::size_t bytes_ = 0;
};

}  // namespace choreo::append
