// Settings of choreo-streamer (docs/configuration.md).
#pragma once

#include <cstdint>
#include <string>

#include "access/options.h"
#include "service/daemon.h"

namespace choreo::streamer {

struct StreamerOptions : service::CommonOptions {
  access::Options access;
  std::string listen;                     // CHOREO_STREAMER_LISTEN; "" means unix:<run-dir>/streamer.sock
  std::int64_t threads = 0;               // CHOREO_STREAMER_THREADS: event loops; 0 means one a core
  std::int64_t max_streams = 20'000;      // CHOREO_STREAM_MAX: concurrent; beyond it 503
  std::int64_t write_deadline_secs = 60;  // CHOREO_STREAM_WRITE_DEADLINE_SECS: a socket that takes nothing is closed
  std::int64_t heartbeat_secs = 15;       // CHOREO_STREAM_HEARTBEAT_SECS: comment after this much silence
  std::int64_t retry_ms = 3'000;          // CHOREO_STREAM_RETRY_MS: the `retry:` field

  void declare(options::OptionSet& set);
  std::string listen_address() const;
  int loop_count() const;
};

}  // namespace choreo::streamer
