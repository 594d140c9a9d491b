#include "options/file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace choreo::options {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin a file with it

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == value.back() && (value[0] == '"' || value[0] == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

Error bad_line(const std::string& path, std::size_t number, const std::string& what) {
  return invalid("bad_option", path + " line " + std::to_string(number) + ": " + what);
}

}  // namespace

Result<std::vector<FileLine>> parse_file(std::string_view text, const std::string& path) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<FileLine> lines;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return bad_line(path, number, "is not NAME=value");
    std::string name(trim(line.substr(0, equals)));
    const auto same = [&](const FileLine& other) { return other.name == name; };
    if (std::any_of(lines.begin(), lines.end(), same)) return bad_line(path, number, name + " was given before");
    lines.push_back({number, std::move(name), std::string(without_quotes(trim(line.substr(equals + 1))))});
  }
  return lines;
}

Result<std::vector<FileLine>> read_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad() || errno == EISDIR)
    return invalid("bad_option",
                   "settings file " + path + " cannot be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes)
    return invalid("bad_option",
                   "settings file " + path + " is larger than " + std::to_string(kMaxFileBytes) + " bytes");
  return parse_file(text, path);
}

}  // namespace choreo::options
