#include "ctl/csv.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kMaxRecordBytes = 64u << 20;

// One record from text; false where it ends inside quotes.
Result<bool> split(std::string_view text, std::vector<std::string>& cells) {
  cells.clear();
  std::size_t at = 0;
  while (true) {
    std::string cell;
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at == text.size()) return false;
        if (text[at] != '"') {
          cell += text[at];
        } else if (at + 1 < text.size() && text[at + 1] == '"') {
          cell += text[at++];
        } else {
          break;
        }
      }
      ++at;
      if (at < text.size() && text[at] != ',') return invalid("bad_csv", "text follows a closing quote");
    } else {
      const std::size_t comma = text.find(',', at);
      cell = text.substr(at, comma == std::string_view::npos ? comma : comma - at);
      at = comma == std::string_view::npos ? text.size() : comma;
    }
    cells.push_back(std::move(cell));
    if (at >= text.size()) return true;
    ++at;
  }
}

}  // namespace

Result<std::optional<std::vector<std::string>>> next_record(Lines& lines) {
  std::string text;
  std::vector<std::string> cells;
  std::int64_t first = 0;
  while (true) {
    CHOREO_ASSIGN(std::optional<std::string> line, lines.next());
    if (!line && text.empty()) return std::optional<std::vector<std::string>>();
    if (!line) return invalid("bad_csv", "line " + std::to_string(first) + ": a quote is not closed");
    if (line->ends_with('\r')) line->pop_back();
    if (text.empty() && line->empty()) continue;
    if (text.empty()) first = lines.number();
    text += (text.empty() ? "" : "\n") + *line;
    if (text.size() > kMaxRecordBytes)
      return invalid("bad_csv", "line " + std::to_string(first) + ": a quote is not closed");
    Result<bool> whole = split(text, cells);
    if (!whole.ok()) return invalid("bad_csv", "line " + std::to_string(first) + ": " + whole.error().message);
    if (*whole) return std::optional(std::move(cells));
  }
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      line += cells[i];
      continue;
    }
    line += '"';
    for (const char c : cells[i]) line += c == '"' ? std::string("\"\"") : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace choreo::ctl
