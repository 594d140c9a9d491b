// Request targets: path and query, taken apart and percent-decoded.
// Thread-safety: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace choreo::http {

struct Target {
  // Segments: "/a/b" → a, b; "/" → one empty segment. A slash too many, at the end or before another, means nothing: an
  // empty segment names nothing, and a slash that is part of a name is `%2F`.
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;  // in order; `+` is a space

  // The first parameter of that name.
  std::optional<std::string> parameter(std::string_view name) const;
};

// target: as sent, also in a proxy's form http://host/path. Error invalid/bad_encoding: a percent sign that two
// hexadecimal digits do not follow, or text that is not UTF-8.
Result<Target> parse_target(std::string_view target);

}  // namespace choreo::http
