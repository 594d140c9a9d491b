// Which operations a stream wants: `op=`, `table=`, `entity=`, `trace=` (SPEC 6).
//
// Values of one kind are alternatives; kinds must all match. Thread-safety: const functions are safe from any thread.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "operation/operation.h"
#include "streamer/event.h"

namespace choreo::streamer {

class Filter {
 public:
  // Whether the parameter is a filter's name.
  static bool knows(std::string_view parameter);
  // REQUIRES: knows(parameter). Errors invalid/bad_operator, invalid/bad_parameter with the field; nothing is added
  // then.
  Status add(std::string_view parameter, std::string_view value);

  bool empty() const;
  bool matches(const Facts& facts) const;

 private:
  Status add_operators(std::string_view list);

  std::bitset<kOperatorNames.size()> operators_;  // none: all
  std::vector<std::string> tables_;
  std::vector<std::string> entities_;
  std::vector<std::string> traces_;
};

}  // namespace choreo::streamer
