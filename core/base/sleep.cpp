#include "base/sleep.h"

#include <chrono>
#include <thread>

namespace choreo {

void sleep_ms(std::int64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

}  // namespace choreo
