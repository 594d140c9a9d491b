// The command line: global options anywhere, one command of one or two words, its options and arguments.
//
// `--name value` and `--name=value` are the same; `--` ends the options; `-` is an argument (standard input).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/command.h"

namespace choreo::ctl {

struct Invocation {
  const Command* command = nullptr;  // null where none was named: help, version
  std::string group;                 // the first word of two-word commands where no second follows
  Arguments arguments;
  std::vector<std::string> settings;  // "--url", "http://…" …, for Settings::read
  bool json = false;
  bool help = false;
  bool version = false;
};

// Error bad_usage: what is wrong, and where help is.
Result<Invocation> parse_command_line(const std::vector<std::string>& words);

// The text of --help: of everything, of the commands that begin with a word, of one command.
std::string general_help();
std::string group_help(const std::string& group);
std::string command_help(const Command& command);

}  // namespace choreo::ctl
