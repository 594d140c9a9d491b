// A place under a limit, given back when it goes out of scope.
// Thread-safety: the counter may be shared between threads, a permit may not.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace choreo {

class Permit {
 public:
  // Nothing if max are taken. counter must outlive the permit.
  static std::optional<Permit> take(std::atomic<std::int64_t>& counter, std::int64_t max) {
    if (counter.fetch_add(1, std::memory_order_relaxed) < max) return Permit(counter);
    counter.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  Permit(Permit&& other) noexcept : counter_(std::exchange(other.counter_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept {
    std::swap(counter_, other.counter_);
    return *this;
  }
  ~Permit() {
    if (counter_ != nullptr) counter_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  explicit Permit(std::atomic<std::int64_t>& counter) : counter_(&counter) {}
  std::atomic<std::int64_t>* counter_;
};

}  // namespace choreo
