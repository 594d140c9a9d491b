// One log line as JSON.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/timestamp.h"
#include "json/string.h"
#include "service/logging.h"

namespace choreo::service {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};
constexpr std::string_view kCut = " [cut]";

void append_text(std::string& out, std::string_view text) {
  if (text.size() <= kMaxFieldBytes && json::is_utf8(text)) return json::append_string(out, text);
  json::append_string(out, shortened(text, kMaxFieldBytes, kCut));
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const { append_text(out, text); }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double number) const {
    if (!std::isfinite(number)) {
      out += "null";
      return;
    }
    std::array<char, 32> text;
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
  }
};

void append_field(std::string& out, const Field& field) {
  out += out.back() == '{' ? "" : ",";
  append_text(out, field.name);
  out += ':';
  std::visit(AppendValue{out}, field.value);
}

}  // namespace

std::string format_line(std::int64_t wall_ms, Level level, std::string_view process, int pid, std::string_view message,
                        Fields fields, const Error* error) {
  std::string out = "{";
  append_field(out, {"ts", format_timestamp(wall_ms)});
  append_field(out, {"level", kLevelNames[static_cast<std::size_t>(level)]});
  append_field(out, {"process", process});
  append_field(out, {"pid", pid});
  append_field(out, {"msg", message});
  if (error != nullptr) {
    append_field(out, {"code", error->code});
    append_field(out, {"error", error->message});
  }
  for (const Field& field : fields) append_field(out, field);
  return out + "}";
}

}  // namespace choreo::service
