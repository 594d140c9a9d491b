// The settings file: lines NAME=value.
//
// Blank lines and lines that start with `#` are skipped. Spaces around name and value do not count; a value may stand
// in one pair of quotes, as systemd's EnvironmentFile and the shell have it. No escapes, no continuation lines. A byte
// order mark and carriage returns, which some editors leave, do not count either.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace choreo::options {

inline constexpr std::size_t kMaxFileBytes = 1u << 20;

struct FileLine {
  std::size_t number = 0;  // from 1
  std::string name;
  std::string value;
};

// path: for the sentences only. Errors invalid/bad_option: a line without `=`, a name given twice.
Result<std::vector<FileLine>> parse_file(std::string_view text, const std::string& path);

// Errors invalid/bad_option: cannot be read, is larger than kMaxFileBytes, and those of parse_file.
Result<std::vector<FileLine>> read_file(const std::string& path);

}  // namespace choreo::options
