#include "service/logging.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "base/clock.h"

namespace choreo::service {
namespace {

constexpr std::array kSpdlogLevels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                      spdlog::level::err};

struct Log {
  std::string process = "choreo";
  spdlog::logger logger{"choreo", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Log() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::info);
    // Where standard error cannot be written to, there is nobody to tell.
    logger.set_error_handler([](const std::string&) {});
  }
};

// Never destroyed: threads may log while the process ends.
Log& log() {
  static Log& log = *new Log();
  return log;
}

void write(Level level, std::string_view message, Fields fields, const Error* error = nullptr) {
  if (!logs(level)) return;
  const std::string line =
      format_line(system_clock().wall_ms(), level, log().process, ::getpid(), message, fields, error);
  log().logger.log(kSpdlogLevels[static_cast<std::size_t>(level)], spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start_logging(const std::string& process, const std::string& level) {
  log().process = process;
  log().logger.set_level(spdlog::level::from_str(level));
}

bool logs(Level level) {
  return log().logger.should_log(kSpdlogLevels[static_cast<std::size_t>(level)]);
}

void log_debug(std::string_view message, Fields fields) {
  write(Level::debug, message, fields);
}
void log_info(std::string_view message, Fields fields) {
  write(Level::info, message, fields);
}
void log_warning(std::string_view message, Fields fields) {
  write(Level::warning, message, fields);
}
void log_error(std::string_view message, Fields fields) {
  write(Level::error, message, fields);
}
void log_error(std::string_view message, const Error& error, Fields fields) {
  write(Level::error, message, fields, &error);
}

}  // namespace choreo::service
