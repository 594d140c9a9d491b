#include "streamer/stream_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "access/credentials.h"
#include "base/ids.h"
#include "http/parameters.h"
#include "streamer/limits.h"
#include "streamer/sse.h"

namespace choreo::streamer {
namespace {

constexpr std::size_t kMaxNumberBytes = 40;

using http::Parameter;
using Kind = http::Parameter::Kind;

constexpr std::array kStreamParameters = {Parameter{"op", Kind::text, 0, 0, {}, true},
                                          Parameter{"table", Kind::text, 0, 0, {}, true},
                                          Parameter{"entity", Kind::text, 0, 0, {}, true},
                                          Parameter{"trace", Kind::text, 0, 0, {}, true},
                                          Parameter{"last_id"},
                                          Parameter{"tail", Kind::integer, 0, kMaxTail},
                                          Parameter{"epoch", Kind::epoch},
                                          Parameter{"event"},
                                          Parameter{"lastEventId"},
                                          Parameter{access::kQueryName}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
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

// name: of the header or the parameter.
Result<Start> parse_last_event_id(const std::string& name, const std::string& value) {
  const auto id = parse_number(value);
  if (!id) return bad_parameter(name, "a non-negative integer");
  return Start{Start::From::after, *id, value.size() > 1 && value.front() == '0'};
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

Result<Start> parse_start(const http::Target& target) {
  const auto last_id = target.parameter("last_id"), sent_by_polyfill = target.parameter("lastEventId");
  const auto tail = http::integer_parameter(target, "tail");
  if (last_id && tail) return bad_parameter("tail", "given without last_id");
  Start start;
  if (tail) start = {Start::From::tail, *tail};
  if (last_id) {
    CHOREO_ASSIGN(start, parse_last_id(*last_id));
  }
  // A polyfill without headers adds its position to the address that it was made with, which may have one already.
  if (sent_by_polyfill) {
    CHOREO_ASSIGN(start, *sent_by_polyfill == "latest" ? parse_last_id(*sent_by_polyfill)
                                                       : parse_last_event_id("lastEventId", *sent_by_polyfill));
  }
  return start;
}

}  // namespace

Result<StreamRequest> parse_stream_request(const RequestHead& head, http::Target& target) {
  StreamRequest request;
  request.slug = target.path.front();
  CHOREO_TRY(check_slug(request.slug));
  CHOREO_TRY(http::take_parameters(target, kStreamParameters));
  for (const auto& [name, value] : target.query)
    if (Filter::knows(name)) CHOREO_TRY(request.filter.add(name, value));
  request.epoch = target.parameter("epoch").value_or("");
  if (const auto name = target.parameter("event")) {
    CHOREO_ASSIGN(request.event_name, parse_event_name(*name));
  }
  CHOREO_ASSIGN(request.start, parse_start(target));
  // An EventSource sends its position with every reconnect, to the URL it was made with. "" is what it has seen no id
  // with.
  if (head.last_event_id && !head.last_event_id->empty()) {
    CHOREO_ASSIGN(request.start, parse_last_event_id("Last-Event-ID", *head.last_event_id));
  }
  return request;
}

}  // namespace choreo::streamer
