#include "ctl/csv.h"

#include <utility>

#include "ctl/limits.h"

namespace choreo::ctl {
namespace {

// Takes a record line by line, each character once, however many lines it goes over.
class Record {
 public:
  // Whether the record ends with this line; false: a quote is open.
  Result<bool> take(std::string_view line, std::string_view ending) {
    for (const char c : line) CHOREO_TRY(take(c));
    if (state_ == State::quoted) return cell_ += ending, false;
    end_cell();
    return true;
  }
  std::size_t bytes() const { return bytes_; }
  std::vector<std::string> cells() && { return std::move(cells_); }

 private:
  enum class State { begin, plain, quoted, closed };  // of the cell; closed: after a quote that may have ended it

  Status take(char c) {
    ++bytes_;
    if (state_ == State::quoted) {
      if (c == '"')
        state_ = State::closed;
      else
        cell_ += c;
    } else if (c == ',') {
      end_cell();
    } else if (c == '"' && state_ == State::begin) {
      state_ = State::quoted;
    } else if (c == '"' && state_ == State::closed) {
      cell_ += c;
      state_ = State::quoted;
    } else if (state_ == State::closed) {
      return invalid("bad_csv", "text follows a closing quote");
    } else {
      cell_ += c;
      state_ = State::plain;
    }
    return {};
  }

  void end_cell() {
    cells_.push_back(std::exchange(cell_, {}));
    state_ = State::begin;
  }

  State state_ = State::begin;
  std::string cell_;
  std::vector<std::string> cells_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<std::optional<std::vector<std::string>>> next_record(Lines& lines) {
  Record record;
  std::int64_t first = 0;
  const auto wrong = [&](const std::string& how) {
    return invalid("bad_csv", "line " + std::to_string(first) + ": " + how);
  };
  while (true) {
    CHOREO_ASSIGN(const std::optional<std::string> line, lines.next());
    if (!line && first == 0) return std::optional<std::vector<std::string>>();
    if (!line || record.bytes() > kMaxRecordBytes) return wrong("a quote is not closed");
    if (first == 0 && line->empty()) continue;
    if (first == 0) first = lines.number();
    const Result<bool> whole = record.take(*line, lines.ending());
    if (!whole.ok()) return wrong(whole.error().message);
    if (*whole) return std::optional(std::move(record).cells());
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
