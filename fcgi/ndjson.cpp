#include "fcgi/ndjson.h"

namespace choreo::fcgi {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool LineReader::fill() {
  if (ended_) return false;
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t used = buffer_.size();
  buffer_.resize(used + kReadBytes);
  const std::size_t n = input_.read(buffer_.data() + used, kReadBytes);
  buffer_.resize(used + n);
  ended_ = n == 0;
  return !ended_;
}

Result<std::optional<std::string>> LineReader::next() {
  std::size_t searched = at_;
  while (true) {
    std::size_t end = buffer_.find('\n', searched);
    if (end == std::string::npos) {
      if (buffer_.size() - at_ > max_line_)
        return make_error(ErrorKind::too_large, "line_too_large",
                          "a line of the body is over the limit of " + std::to_string(max_line_) + " bytes");
      searched = buffer_.size() - at_;  // where it will be once fill() has moved the rest to the front
      if (fill()) continue;
      if (input_.broken()) return invalid("incomplete_body", "the rest of the body did not come");
      if (at_ == buffer_.size()) return std::optional<std::string>();
      end = buffer_.size();
    }
    std::string line = buffer_.substr(at_, end - at_);
    at_ = std::min(end + 1, buffer_.size());
    searched = at_;
    if (!is_blank(line)) return std::optional(std::move(line));
  }
}

}  // namespace choreo::fcgi
