// How the operators' checks read an option. Internal to operation/. Thread-safety: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace choreo {

// Where an option stands and how its refusal is coded.
struct Option {
  std::string_view object;  // canonical
  std::string_view name;
  std::string code;
  std::string path;  // for the sentence and Error::field, e.g. "frame.match_on"

  std::optional<std::string_view> value() const;
  // "<path> must be <allowed>, not <what it is>."
  Error refusal(std::string_view allowed) const;
};

// Each accepts an absent option.
Status check_one_of(const Option& option, std::span<const std::string_view> words);
Status check_non_empty_string(const Option& option);
Status check_object(const Option& option);

// The options of a REC, by its context.type.
Status check_rec(std::string_view target, std::string_view context, std::string_view frame);

}  // namespace choreo
