#include "append/budget.h"

#include <string>

namespace choreo::append {
namespace {

std::string sentence(const std::string& what, const char* setting, std::int64_t limit) {
  return "the request would generate more than " + std::to_string(limit) + " " + what + " (" + setting +
         "), so nothing of it was appended; send fewer rows at a time, or have fewer rules";
}

Error with_numbers(Error error, std::int64_t reached, std::int64_t limit) {
  error.extra = "\"generated\":" + std::to_string(reached) + ",\"limit\":" + std::to_string(limit);
  return error;
}

}  // namespace

Status Budget::take(const Draft& draft) {
  ++operations_;
  bytes_ += static_cast<std::int64_t>(draft.target.size() + draft.context.size() + draft.frame.size());
  if (operations_ > limits_.operations)
    return with_numbers(make_error(ErrorKind::too_large, "too_many_generated",
                                   sentence("operations", "CHOREO_MAX_GENERATED", limits_.operations)),
                        operations_, limits_.operations);
  if (bytes_ > limits_.bytes)
    return with_numbers(make_error(ErrorKind::too_large, "generated_too_large",
                                   sentence("bytes of operations", "CHOREO_MAX_GENERATED_BYTES", limits_.bytes)),
                        bytes_, limits_.bytes);
  return {};
}

}  // namespace choreo::append
