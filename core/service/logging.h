// Structured logging: one JSON object a line on standard error, written by spdlog.
//   {"ts":"…Z","level":"info","process":"choreo-streamer","pid":12,"msg":"listening","port":8431,"trace_id":"…"}
// Bytes that are not UTF-8 become U+FFFD, texts over kMaxFieldBytes are cut: a line is always valid JSON of bounded
// length. Thread-safety: everything here may be called from any thread, start_logging before there is more than one. No
// secrets and no query strings go in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace choreo::service {

struct Field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Field(std::string_view n, std::uint64_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view n, int v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

inline constexpr std::size_t kMaxFieldBytes = 4096;

enum class Level { debug, info, warning, error };

// level: debug, info, warning, error. Without this call lines carry the process "choreo" and start at info.
void start_logging(const std::string& process, const std::string& level);
// Whether a line of that level would be written: for those whose fields cost something.
bool logs(Level level);
void log_debug(std::string_view message, Fields fields = {});
void log_info(std::string_view message, Fields fields = {});
void log_warning(std::string_view message, Fields fields = {});
void log_error(std::string_view message, Fields fields = {});
// With the error's code and sentence.
void log_error(std::string_view message, const Error& error, Fields fields = {});

// The line without its end; what the functions above write.
std::string format_line(std::int64_t wall_ms, Level level, std::string_view process, int pid, std::string_view message,
                        Fields fields, const Error* error = nullptr);

}  // namespace choreo::service
