#include "streamer/options.h"

#include <algorithm>
#include <thread>

#include "streamer/listen_address.h"

namespace choreo::streamer {

void StreamerOptions::declare(options::OptionSet& set) {
  CommonOptions::declare(set);
  access.declare(set);
  const auto check_listen = [](const std::string& text) {
    return std::string(
        text.empty() || parse_listen_address(text).ok() ? "" : "unix:PATH of at most 107 bytes, or HOST:PORT");
  };
  set.add("streamer-listen", listen, check_listen, "where the streamer listens; default unix:<run-dir>/streamer.sock");
  set.add("streamer-threads", threads, 0, 256, "event loops; 0: one a core");
  set.add("stream-max", max_streams, 1, 1'000'000, "concurrent streams; more are answered 503");
  set.add("stream-write-deadline-secs", write_deadline_secs, 1, 3'600,
          "seconds after which a stream whose client accepts nothing is closed");
  set.add("stream-heartbeat-secs", heartbeat_secs, 1, 300, "seconds of silence before a comment is sent");
  set.add("stream-retry-ms", retry_ms, 100, 600'000, "milliseconds a client is told to wait before it reconnects");
}

std::string StreamerOptions::listen_address() const {
  return listen.empty() ? "unix:" + run_dir + "/streamer.sock" : listen;
}

int StreamerOptions::loop_count() const {
  if (threads > 0) return static_cast<int>(threads);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace choreo::streamer
