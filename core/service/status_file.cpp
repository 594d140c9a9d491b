#include "service/status_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <tuple>

#include "base/clock.h"
#include "json/canonical.h"
#include "json/scan.h"
#include "json/string.h"

namespace choreo::service {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".new";
// Ours have some hundred bytes.
constexpr std::size_t kMaxStatusBytes = 64 << 10;
constexpr std::size_t kMaxDepth = 2;

std::string directory_of(const std::string& run_dir) {
  return run_dir + "/status";
}

std::int64_t integer_of(std::string_view object, std::string_view member) {
  const auto value = json::find(object, member);
  std::int64_t number = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), number);
  return number;
}

std::string text_of(std::string_view object, std::string_view member) {
  const auto value = json::find(object, member);
  return value && json::is_string(*value) ? json::unquote(*value) : std::string();
}

// A file may be damaged, or anybody's.
std::optional<ProcessStatus> parse(std::string_view written) {
  const Result<std::string> canonical = json::canonicalize(written, kMaxDepth);
  if (!canonical.ok() || !json::is_object(*canonical)) return std::nullopt;
  const std::string& text = *canonical;
  ProcessStatus status;
  status.process = text_of(text, "process");
  status.pid = integer_of(text, "pid");
  status.version = text_of(text, "version");
  status.started_ms = integer_of(text, "started_ms");
  if (const auto values = json::find(text, "values"); values && json::is_object(*values))
    for (const json::Member& member : json::members(*values))
      status.values.emplace_back(member.key, integer_of(*values, member.key));
  if (status.process.empty() || status.pid <= 0) return std::nullopt;
  return status;
}

std::optional<ProcessStatus> read(const fs::path& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return std::nullopt;
  if (!S_ISREG(file.st_mode) || file.st_size > static_cast<off_t>(kMaxStatusBytes)) return std::nullopt;
  std::string text(kMaxStatusBytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  std::optional<ProcessStatus> status = parse(std::string_view(text).substr(0, static_cast<std::size_t>(in.gcount())));
  if (!status) return std::nullopt;
  const std::int64_t written_ms = file.st_mtim.tv_sec * 1000 + file.st_mtim.tv_nsec / 1000000;
  status->age_ms = std::max<std::int64_t>(0, system_clock().wall_ms() - written_ms);
  return status;
}

bool lives(std::int64_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
}

}  // namespace

StatusFile::StatusFile(const std::string& run_dir, std::string process)
    : directory_(directory_of(run_dir)),
      process_(std::move(process)),
      path_(directory_ + "/" + process_ + "." + std::to_string(::getpid())),
      started_ms_(system_clock().wall_ms()) {}

StatusFile::~StatusFile() {
  ::unlink(path_.c_str());
}

void StatusFile::write(const Values& values) const {
  std::string text = "{\"process\":" + json::quote(process_) + ",\"pid\":" + std::to_string(::getpid()) +
                     ",\"version\":\"" CHOREO_VERSION "\",\"started_ms\":" + std::to_string(started_ms_) +
                     ",\"values\":{";
  for (const auto& [name, value] : values) {
    if (text.back() != '{') text += ',';
    text += json::quote(name) + ":" + std::to_string(value);
  }
  text += "}}";
  std::error_code ignored;
  fs::create_directories(directory_, ignored);
  const std::string unfinished = path_ + std::string(kUnfinished);
  if ((std::ofstream(unfinished) << text).flush()) (void)std::rename(unfinished.c_str(), path_.c_str());
}

std::vector<ProcessStatus> read_statuses(const std::string& run_dir) {
  std::vector<ProcessStatus> all;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_of(run_dir), ignored)) {
    if (entry.path().extension() == kUnfinished) continue;
    std::optional<ProcessStatus> status = read(entry.path());
    if (!status) continue;
    if (lives(status->pid))
      all.push_back(std::move(*status));
    else
      ::unlink(entry.path().c_str());
  }
  std::sort(all.begin(), all.end(), [](const ProcessStatus& a, const ProcessStatus& b) {
    return std::tie(a.process, a.pid) < std::tie(b.process, b.pid);
  });
  return all;
}

}  // namespace choreo::service
