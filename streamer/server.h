// The streamer as a whole: builds its parts, runs until a stop is asked for, ends them in order.
#pragma once

#include "base/result.h"
#include "service/daemon.h"
#include "streamer/options.h"

namespace choreo::streamer {

// Errors: those of log::Instances::open and listen_on.
Status run_streamer(const StreamerOptions& options, service::Context& context);

}  // namespace choreo::streamer
