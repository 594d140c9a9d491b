// Reading a body line by line without holding it: newline-delimited JSON.
// Thread-safety: one thread.
#pragma once

#include <optional>
#include <string>

#include "fcgi/request.h"

namespace choreo::fcgi {

// Whether nothing but white space is in it.
bool is_blank(std::string_view line);

class LineReader {
 public:
  // max_line: bytes; a longer line is too_large/line_too_large.
  LineReader(Input& input, std::size_t max_line) : input_(input), max_line_(max_line) {}
  // The next line that is not blank, without its end; nothing at the end of the body.
  Result<std::optional<std::string>> next();

 private:
  bool fill();
  Input& input_;
  std::size_t max_line_;
  std::string buffer_;
  std::size_t at_ = 0;  // start of what is not yet returned
  bool ended_ = false;
};

}  // namespace choreo::fcgi
