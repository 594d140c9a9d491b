// The one way to sleep (base/clock.h says why): for what another process does and sends no event about.
// Thread-safety: any thread.
#pragma once

#include <cstdint>

namespace choreo {

void sleep_ms(std::int64_t ms);

}  // namespace choreo
