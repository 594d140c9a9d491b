// choreo-streamer: the one way out of the server, as server-sent events.
//
// Role: answers GET /{instance}/stream with every operation of the log, old ones first, then live.
// Input: HTTP on CHOREO_STREAMER_LISTEN (nginx in front); the logs in CHOREO_DIR, read only; messages of the broker,
// which
//   only hint that a log has grown. Output: streams (docs/stream.md).
// Strategy: a stream is a cursor over the log. Live events are encoded once and shared by all streams; whoever is
// behind
//   reads pages of the log on other threads. So nothing depends on a message arriving, and nothing grows with slow
//   readers.
// Security: reads only; trusts nothing of a request; bounded heads, deadlines, streams and buffers (streamer/limits.h).
// Diagnostics: GET /health; JSON lines on standard error; stream begin and end at level debug with their trace id.
#include "service/daemon.h"
#include "streamer/options.h"
#include "streamer/server.h"

int main(int argc, char** argv) {
  choreo::streamer::StreamerOptions options;
  return choreo::service::run_daemon(
      {"choreo-streamer", "Streams the operations of Choreo's logs as server-sent events."}, argc, argv, options,
      [&](choreo::service::Context& context) { return choreo::streamer::run_streamer(options, context); });
}
