// Settings that fit into the descriptors a worker may have: what is only kept open must leave enough for requests.
// Thread-safety: for the start of the process.
#pragma once

#include "fcgi/options.h"

namespace choreo::fcgi {

// The options, with fewer databases kept open where there are not descriptors enough for all of them. Says so in the
// log.
Options within_descriptors(Options options);

}  // namespace choreo::fcgi
