#include "base/clock.h"

#include <chrono>

namespace choreo {
namespace {

class SystemClock : public Clock {
 public:
  std::int64_t wall_ms() override { return since_epoch<std::chrono::system_clock>(); }
  std::int64_t steady_ms() override { return since_epoch<std::chrono::steady_clock>(); }

 private:
  template <class C>
  static std::int64_t since_epoch() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(C::now().time_since_epoch()).count();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace choreo
