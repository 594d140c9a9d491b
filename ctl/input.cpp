#include "ctl/input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "ctl/files.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kBlock = 1 << 16;
constexpr std::int64_t kDrawMs = 100;
constexpr std::int64_t kBarWidth = 30;
constexpr std::string_view kMark = "\xef\xbb\xbf";  // as spreadsheets begin a file

// Where the line that begins at `at` ends; the text's size where it does not.
std::size_t end_of_line(std::string_view text, std::size_t at) {
  const std::size_t feed = std::min(text.find('\n', at), text.size());
  return std::min(text.substr(0, feed).find('\r', at), feed);
}

}  // namespace

Result<Lines> Lines::open(const std::string& path) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "re");
  if (file == nullptr) return file_error("open '" + path + "'", errno);
  Lines lines(file, path == "-" ? "standard input" : path);
  struct stat info {};
  if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode)) lines.size_ = info.st_size;
  return lines;
}

Status Lines::fill() {
  block_.resize(kBlock);
  ssize_t got = 0;
  do {
    got = read(fileno(file_.get()), block_.data(), block_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return file_error("read " + path_, errno);
  block_.resize(static_cast<std::size_t>(got));
  bytes_ += got;
  at_ = 0;
  return {};
}

Status Lines::take_ending() {
  ending_ = block_[at_++];
  if (ending_ == "\n") return {};
  if (at_ == block_.size()) CHOREO_TRY(fill());
  if (at_ == block_.size() || block_[at_] != '\n') return {};
  ending_ += '\n';
  ++at_;
  return {};
}

Result<std::optional<std::string>> Lines::next(std::size_t max_bytes) {
  std::string line;
  ending_.clear();
  while (true) {
    const std::size_t end = end_of_line(block_, at_);
    line.append(block_, at_, end - at_);
    at_ = end;
    if (line.size() > max_bytes)
      return make_error(
          ErrorKind::too_large, "line_too_large",
          path_ + " line " + std::to_string(number_ + 1) + " is longer than " + std::to_string(max_bytes) + " bytes");
    if (end != block_.size()) {
      CHOREO_TRY(take_ending());
      break;
    }
    CHOREO_TRY(fill());
    if (!block_.empty()) continue;
    if (line.empty()) return std::optional<std::string>();
    break;
  }
  if (number_++ == 0 && line.starts_with(kMark)) line.erase(0, kMark.size());
  return std::optional(std::move(line));
}

Result<std::string> read_all(const std::string& path, std::size_t max_bytes) {
  CHOREO_ASSIGN(Lines lines, Lines::open(path));
  std::string text;
  while (true) {
    CHOREO_ASSIGN(const std::optional<std::string> line, lines.next(max_bytes));
    if (!line) return text;
    text += *line + lines.ending();
    if (text.size() > max_bytes)
      return make_error(ErrorKind::too_large, "too_large",
                        path + " is longer than " + std::to_string(max_bytes) + " bytes");
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = end_of_line(text, 0);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
  }
  return lines;
}

Result<std::string> value_or_file(const std::string& value) {
  if (!value.starts_with('@')) return value;
  CHOREO_ASSIGN(std::string text, read_all(value.substr(1)));
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  end();
}

void Progress::end() {
  if (std::exchange(drawn_, false)) static_cast<void>(std::fprintf(stderr, "\r\033[K"));
}

void Progress::show(std::int64_t done, std::int64_t of, std::int64_t count) {
  const std::int64_t now = system_clock().steady_ms();
  if (!terminal_ || (drawn_ && now - drawn_ms_ < kDrawMs)) return;
  drawn_ms_ = now;
  drawn_ = true;
  std::string bar;
  if (of > 0) {
    done = std::min(done, of);  // what is read may grow meanwhile
    const std::int64_t filled = done * kBarWidth / of;
    bar = "[" + std::string(static_cast<std::size_t>(filled), '#') +
          std::string(static_cast<std::size_t>(kBarWidth - filled), ' ') + "] " + std::to_string(done * 100 / of) +
          "% ";
  }
  static_cast<void>(
      std::fprintf(stderr, "\r\033[K%s %s%lld", what_.c_str(), bar.c_str(), static_cast<long long>(count)));
}

}  // namespace choreo::ctl
