// What a command is, and how it comes into the program.
//
//   const Register list({"instance list", "", "Lists the instances", "", {}, 0, 0, &run_list});
//
// in a file of its own: a static object that adds the command to the registry before main() starts.
// Invariants: names are one or two words and unique; a word that begins two-word names is no command itself.
// Thread-safety: registered before threads exist, constant afterwards. Ownership: the registry keeps copies.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/context.h"

namespace choreo::ctl {

struct Option {
  std::string name;   // "then": --then
  std::string value;  // what its value is called in the help, "COMMAND"; "" where it has none
  std::string help;
};

class Arguments {
 public:
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>> options;  // in the order given; of a flag an empty text each

  bool has(const std::string& name) const { return options.count(name) > 0; }
  // The last value given.
  std::optional<std::string> value(const std::string& name) const;
  std::string value_or(const std::string& name, std::string fallback) const;
  // A whole number in min..max; a usage error that names the option otherwise.
  Result<std::int64_t> number(const std::string& name, std::int64_t fallback, std::int64_t min, std::int64_t max) const;
};

constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

struct Command {
  std::string name;       // "backup", "webhook list"
  std::string arguments;  // as in the help: "SLUG [FILE]"
  std::string summary;    // what it does, in one line without a full stop
  std::string details;    // paragraphs for --help and the manual; may be empty
  std::vector<Option> options;
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  std::function<Result<int>(Context&, const Arguments&)> run;  // the exit status
};

// By name.
const std::map<std::string, Command>& commands();

struct Register {
  explicit Register(Command command);
};

}  // namespace choreo::ctl
