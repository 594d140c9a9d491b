// The head of an HTTP request, as far as the streamer looks at it. Bodies are ignored.
// Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace choreo::streamer {

enum class Method { get, head, options, other };

struct RequestHead {
  Method method = Method::get;
  std::string target;                        // as sent: path and query
  std::optional<std::string> last_event_id;  // header Last-Event-ID
  // Headers; "" where absent.
  std::string authorization, cookie, sec_fetch_site, origin, host, forwarded_host, forwarded_proto;
  bool exposed = false;  // nginx says that the client is not on this machine
  std::string trace_id;  // the client's, else a new one
};

// bytes: from the request line to the empty line, both included. Error invalid/bad_request.
Result<RequestHead> parse_head(std::string_view bytes, Random& random);

}  // namespace choreo::streamer
