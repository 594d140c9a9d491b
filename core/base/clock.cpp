#include "base/clock.h"

#include <chrono>

namespace choreo {
namespace {

class SystemClock : public Clock {
 public:
  std::int64_t wall_ms() override { return since_epoch<std::chrono::system_clock, std::chrono::milliseconds>(); }
  std::int64_t steady_ms() override { return since_epoch<std::chrono::steady_clock, std::chrono::milliseconds>(); }
  std::int64_t steady_us() override { return since_epoch<std::chrono::steady_clock, std::chrono::microseconds>(); }

 private:
  template <class C, class Unit>
  static std::int64_t since_epoch() {
    return std::chrono::duration_cast<Unit>(C::now().time_since_epoch()).count();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace choreo
