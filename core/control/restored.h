// What the control database of a restored data directory needs before it is put in place.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo::control {

// The instance's webhooks belong to its log under another epoch now. path: a control database that nobody has open.
Status follow_epoch(const std::string& path, const std::string& instance, const std::string& old_epoch,
                    const std::string& new_epoch);

}  // namespace choreo::control
