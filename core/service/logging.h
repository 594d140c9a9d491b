// Structured logging: one JSON object a line on standard error, written by spdlog.
//   {"ts":"…Z","level":"info","process":"choreo-streamer","pid":12,"msg":"listening","port":8431,"trace_id":"…"}
// Thread-safety: everything here may be called from any thread. No secrets and no query strings go in.
#pragma once

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

// level: debug, info, warning, error.
void start_logging(const std::string& process, const std::string& level);
void log_debug(std::string_view message, Fields fields = {});
void log_info(std::string_view message, Fields fields = {});
void log_warning(std::string_view message, Fields fields = {});
void log_error(std::string_view message, Fields fields = {});
// With the error's code and sentence.
void log_error(std::string_view message, const Error& error, Fields fields = {});

}  // namespace choreo::service
