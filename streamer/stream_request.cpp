#include "streamer/stream_request.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/ids.h"
#include "streamer/limits.h"
#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kMaxNumberBytes = 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_epoch_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

// A number beyond 64 bits is past every head, as is the largest one.
std::optional<std::int64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > kMaxNumberBytes || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : std::numeric_limits<std::int64_t>::max();
}

Error bad_parameter(const std::string& name, const std::string& allowed) {
  return invalid("bad_parameter", name + " must be " + allowed + ".", name);
}

Result<Start> parse_last_id(const std::string& value) {
  if (value == "latest") return Start{Start::From::latest};
  const auto id = parse_number(value);
  if (!id) return bad_parameter("last_id", "a non-negative integer or latest");
  return Start{Start::From::after, *id};
}

Result<Start> parse_tail(const std::string& value) {
  const auto count = parse_number(value);
  if (!count || *count > kMaxTail) return bad_parameter("tail", "an integer from 0 to " + std::to_string(kMaxTail));
  return Start{Start::From::tail, *count};
}

Result<Start> parse_last_event_id(const std::string& value) {
  const auto id = parse_number(value);
  if (!id) return bad_parameter("Last-Event-ID", "a non-negative integer");
  return Start{Start::From::after, *id, value.size() > 1 && value.front() == '0'};
}

Result<std::string> parse_epoch(const std::string& value) {
  if (value.empty() || value.size() > kMaxEpochBytes || !std::all_of(value.begin(), value.end(), is_epoch_character))
    return bad_parameter("epoch", "the epoch of an instance: 32 hexadecimal digits");
  return value;
}

// One line of an event, and no name by which the stream tells something else.
Result<std::string> parse_event_name(const std::string& value) {
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  const bool fits = value.size() <= kMaxEventNameBytes && std::none_of(value.begin(), value.end(), is_control);
  const bool taken = std::find(kOwnEvents.begin(), kOwnEvents.end(), value) != kOwnEvents.end();
  if (fits && !taken) return value;
  return bad_parameter("event", "1 to " + std::to_string(kMaxEventNameBytes) +
                                    " bytes without control characters, and not position, reset, gone or denied");
}

// Reads one parameter; those that are not ours are ignored, since clients add their own (cache busters).
Status read_parameter(const std::string& name, const std::string& value, StreamRequest& request,
                      std::optional<Start>& start) {
  if (Filter::knows(name)) return request.filter.add(name, value);
  if (name == "epoch") {
    if (!request.epoch.empty()) return bad_parameter(name, "given once");
    CHOREO_ASSIGN(request.epoch, parse_epoch(value));
  }
  if (name == "event") {
    if (!request.event_name.empty()) return bad_parameter(name, "given once");
    CHOREO_ASSIGN(request.event_name, parse_event_name(value));
  }
  if (name != "last_id" && name != "tail") return {};
  if (start) return bad_parameter(name, "given once, and last_id not together with tail");
  CHOREO_ASSIGN(start, name == "last_id" ? parse_last_id(value) : parse_tail(value));
  return {};
}

}  // namespace

Result<StreamRequest> parse_stream_request(const RequestHead& head, const http::Target& target) {
  StreamRequest request;
  request.slug = target.path.front();
  CHOREO_TRY(check_slug(request.slug));
  std::optional<Start> start;
  for (const auto& [name, value] : target.query) CHOREO_TRY(read_parameter(name, value, request, start));
  if (start) request.start = *start;
  // An EventSource sends its position with every reconnect, to the URL it was made with. "" is what it has seen no id
  // with.
  if (head.last_event_id && !head.last_event_id->empty()) {
    CHOREO_ASSIGN(request.start, parse_last_event_id(*head.last_event_id));
  }
  return request;
}

}  // namespace choreo::streamer
