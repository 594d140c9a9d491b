#include "http/trace.h"

#include <algorithm>

#include "base/ids.h"

namespace choreo::http {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<std::string> given_trace_id(std::string_view x_trace_id, std::string_view traceparent) {
  if (is_trace_id(x_trace_id)) return std::string(x_trace_id);
  // version "-" trace-id (32) "-" parent-id (16) "-" flags (2); later versions may append "-…".
  const std::string_view t = traceparent;
  if (t.size() < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-' || t.substr(0, 2) == "ff") return std::nullopt;
  if (t.size() > 55 && (t.substr(0, 2) == "00" || t[55] != '-')) return std::nullopt;
  const std::string_view id = t.substr(3, 32), parent = t.substr(36, 16);
  if (!is_hex(t.substr(0, 2)) || !is_hex(id) || !is_hex(parent) || !is_hex(t.substr(53, 2))) return std::nullopt;
  if (all_zero(id) || all_zero(parent)) return std::nullopt;
  return std::string(id);
}

std::string make_trace_id(Random& random) {
  return random.hex(16);
}

}  // namespace choreo::http
