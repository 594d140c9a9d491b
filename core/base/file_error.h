// What the system said of a file, as an error. Thread-safety: any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace choreo {

// doing: "open '/var/lib/choreo/shop.db'"; error: of errno. Kinds and codes: storage_full/disk_full, conflict/exists,
// unavailable/storage_unavailable.
Error file_error(const std::string& doing, int error);

}  // namespace choreo
