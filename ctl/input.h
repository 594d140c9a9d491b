// What commands read: a file, standard input, or the command line itself; and progress for people.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ctl/limits.h"

namespace choreo::ctl {

// Lines of a file or of standard input ("-"), never held whole. They end with CR, LF or CR LF.
class Lines {
 public:
  static Result<Lines> open(const std::string& path);
  // Without a byte order mark before the first. Nothing at the end. Errors: cannot be read; a line over max_bytes.
  Result<std::optional<std::string>> next(std::size_t max_bytes = kMaxLineBytes);
  const std::string& ending() const { return ending_; }  // of the last line; "" at the end of the file
  const std::string& path() const { return path_; }      // for people
  std::int64_t number() const { return number_; }        // of the last line, from 1
  std::int64_t bytes_read() const { return bytes_; }
  std::int64_t size() const { return size_; }  // 0 where it is not known

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) static_cast<void>(std::fclose(file));
    }
  };
  Lines(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}
  Status take_ending();
  Status fill();  // block_: what comes next, as soon as there is something; empty at the end

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::string block_;
  std::size_t at_ = 0;  // what of it was taken
  std::string ending_;
  std::int64_t number_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t size_ = 0;
};

// All of a file, or of standard input, without a byte order mark.
Result<std::string> read_all(const std::string& path, std::size_t max_bytes = kMaxLineBytes);
// The lines of a text, as Lines has them.
std::vector<std::string> lines_of(std::string_view text);

// What an option's value means that others should not see on the command line: "@FILE" is what FILE has, "@-" what
// standard input has, without the line breaks at its end; anything else is meant itself.
Result<std::string> value_or_file(const std::string& value);

// A bar on standard error, drawn only where that is a terminal, and gone when the scope ends.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // of: 0 where it is not known. At most ten times a second it is drawn.
  void end();  // before something else is printed
  void show(std::int64_t done, std::int64_t of, std::int64_t count);

 private:
  const std::string what_;
  const bool terminal_;
  std::int64_t drawn_ms_ = 0;
  bool drawn_ = false;
};

}  // namespace choreo::ctl
