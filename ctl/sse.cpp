#include "ctl/sse.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "ctl/limits.h"

namespace choreo::ctl {

bool EventReader::take(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    if (line_.size() + std::min(end, piece.size()) > kMaxEventBytes) return too_long("a line");
    line_ += piece.substr(0, end);
    if (end == std::string_view::npos) return true;
    piece.remove_prefix(end + 1);
    const std::string whole = std::exchange(line_, {});
    if (!line(whole)) return false;
  }
  return true;
}

bool EventReader::too_long(const std::string& what) {
  wrong_ = "the stream has " + what + " of more than " + std::to_string(kMaxEventBytes) +
           " bytes; is this address a Choreo server's?";
  return false;
}

bool EventReader::line(std::string_view text) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) {
    const Event event = std::exchange(event_, {});
    return event.name.empty() && event.data.empty() ? true : on_event_(event);
  }
  constexpr std::string_view kEpoch = ": epoch ";
  if (text.starts_with(kEpoch)) epoch_ = text.substr(kEpoch.size());
  const std::size_t colon = text.find(": ");
  if (colon == 0 || colon == std::string_view::npos) return true;
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = text.substr(colon + 2);
  if (name == "id") event_.id = value;
  if (name == "event") event_.name = value;
  if (name == "data") {
    if (event_.data.size() + value.size() > kMaxEventBytes) return too_long("an event");
    event_.data += (event_.data.empty() ? "" : "\n") + std::string(value);
  }
  if (name == "retry") std::from_chars(value.data(), value.data() + value.size(), retry_ms_);
  return true;
}

}  // namespace choreo::ctl
