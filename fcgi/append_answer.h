// What an append is answered.
// Thread-safety: pure functions.
#pragma once

#include <string>

#include "append/appender.h"

namespace choreo::fcgi {

std::string answer_json(const append::Answer& answer, bool dry_run);

}  // namespace choreo::fcgi
