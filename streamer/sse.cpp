#include "streamer/sse.h"

#include <algorithm>

#include "json/string.h"

namespace choreo::streamer {
namespace {

constexpr std::string_view kIdField = "id: ";

}  // namespace

std::string operation_event_head(std::int64_t id) {
  return "id: " + std::to_string(id) + "\nevent: op\ndata: ";
}

std::string operation_event(std::int64_t id, std::string_view json) {
  std::string text = operation_event_head(id);
  const std::size_t start = text.size();
  text.reserve(start + json.size() + 2);
  text += json;
  // One search each, since find_first_of() calls a function for every byte.
  for (const char line_break : {'\r', '\n'})
    if (json.find(line_break) != std::string_view::npos)
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), line_break, ' ');
  text += "\n\n";
  return text;
}

std::string preamble(std::string_view epoch, std::int64_t retry_ms) {
  return ": epoch " + std::string(epoch) + "\n" + retry_field(retry_ms);
}

std::string position_event(std::int64_t id) {
  const std::string number = std::to_string(id);
  return "id: " + number + "\nevent: position\ndata: {\"id\":" + number + "}\n\n";
}

std::string reset_event(std::string_view id, std::int64_t head, std::string_view epoch) {
  return "id: " + std::string(id) + "\nevent: reset\ndata: {\"head\":" + std::to_string(head) +
         ",\"epoch\":" + json::quote(epoch) + "}\n\n";
}

std::string gone_event(std::string_view slug, std::string_view epoch) {
  // Position 0: whatever has this name later is new to the client from its first operation.
  return "id: 0\nevent: gone\ndata: {\"instance\":" + json::quote(slug) + ",\"epoch\":" + json::quote(epoch) + "}\n\n";
}

std::string denied_event(std::string_view code) {
  return "event: denied\ndata: {\"code\":" + json::quote(code) + "}\n\n";
}

std::string retry_field(std::int64_t retry_ms) {
  return "retry: " + std::to_string(retry_ms) + "\n";
}

std::string mark_after_reset(std::string_view event_text) {
  std::string text(kIdField);
  text += kAfterReset;
  text += event_text.substr(kIdField.size());
  return text;
}

std::string renamed(std::string_view event_text, std::string_view name) {
  const std::size_t line = event_text.find('\n') + 1;
  const std::size_t rest = event_text.find('\n', line) + 1;
  std::string text(event_text.substr(0, line));
  if (name != kUnnamed) text.append("event: ").append(name).append("\n");
  return text.append(event_text.substr(rest));
}

}  // namespace choreo::streamer
