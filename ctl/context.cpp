#include "ctl/context.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "ctl/shown.h"

namespace choreo::ctl {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool to_terminal() {
  static const bool terminal = isatty(STDOUT_FILENO) != 0;
  return terminal;
}

int output_error = 0;  // of the first failure on standard output

void remember_output_error() {
  if (output_error == 0) output_error = errno;
}

void write_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) remember_output_error();
}

}  // namespace

HttpClient& Context::http() {
  if (!http_) http_ = std::make_unique<HttpClient>(settings_.url, settings_.token);
  return *http_;
}

void print(std::string_view text) {
  if (!to_terminal()) return write_output(text);
  write_output(shown_lines(text));
}

void print_line(std::string_view text) {
  write_output(to_terminal() ? shown(text) : std::string(text));
  write_output("\n");
}

void print_table(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows)
    for (std::string& cell : row) cell = shown(cell);
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);  // an empty last cell
    print_line(line);
  }
}

Status flush_output() {
  if (std::fflush(stdout) != 0) remember_output_error();
  if (output_error == 0) return {};
  if (output_error == EPIPE) static_cast<void>(raise(SIGPIPE));  // it was ignored, by libcurl or by who started us
  return make_error(
      ErrorKind::unavailable, "output",
      "the answer could not be written to standard output: " + std::generic_category().message(output_error));
}

bool output_is_closed() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

Status check_output() {
  if (output_error == 0 && output_is_closed()) output_error = EPIPE;
  return flush_output();
}

void note(std::string_view text) {
  if (std::fflush(stdout) != 0) remember_output_error();
  static_cast<void>(std::fprintf(stderr, "%s\n", shown(text).c_str()));
}

}  // namespace choreo::ctl
