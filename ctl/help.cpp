#include <algorithm>

#include "ctl/command_line.h"

namespace choreo::ctl {
namespace {

constexpr std::size_t kColumn = 28;

std::string line_of(const std::string& left, const std::string& right) {
  std::string line = "  " + left;
  line.append(line.size() + 2 <= kColumn ? kColumn - line.size() : 2, ' ');
  return line + right + "\n";
}

std::string listed(const std::string& prefix) {
  std::string out;
  for (const auto& [name, command] : commands())
    if (name.starts_with(prefix)) out += line_of(name, command.summary);
  return out;
}

}  // namespace

std::string general_help() {
  return "choreoctl: looks after a Choreo server and its data\n\n"
         "Usage: choreoctl [option…] COMMAND [argument…]\n"
         "       choreoctl COMMAND --help\n\n"
         "Commands:\n" +
         listed("") + "\nWith every command:\n" + settings_help() +
         "\nExit status: 0 done; 1 refused or failed; 2 wrong usage or setting; 3 no server at the url;\n"
         "4 verify or doctor found something wrong.\n";
}

std::string group_help(const std::string& group) {
  return "Usage: choreoctl " + group + " COMMAND [argument…]\n\nCommands:\n" + listed(group + " ") + "\n`choreoctl " +
         group + " COMMAND --help` tells more.\n";
}

std::string command_help(const Command& command) {
  const std::string arguments = command.arguments.empty() ? "" : " " + command.arguments;
  std::string out = "choreoctl " + command.name + ": " + command.summary + "\n\nUsage: choreoctl " + command.name +
                    (command.options.empty() ? "" : " [option…]") + arguments + "\n";
  if (!command.details.empty()) out += "\n" + command.details + "\n";
  if (!command.options.empty()) out += "\nOptions:\n";
  for (const Option& option : command.options)
    out += line_of("--" + option.name + (option.value.empty() ? "" : " " + option.value), option.help);
  return out + "\nWith every command:\n" + settings_help();
}

}  // namespace choreo::ctl
