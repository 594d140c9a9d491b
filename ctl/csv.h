// CSV as RFC 4180 has it: cells separated by commas, quoted where they hold a comma, a quote or a line break.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ctl/input.h"

namespace choreo::ctl {

// The next record, which may go over several lines; nothing at the end. Error invalid/bad_csv with the line.
Result<std::optional<std::vector<std::string>>> next_record(Lines& lines);

std::string csv_line(const std::vector<std::string>& cells);

}  // namespace choreo::ctl
