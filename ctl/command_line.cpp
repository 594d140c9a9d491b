#include "ctl/command_line.h"

#include <algorithm>

#include "ctl/exit_codes.h"

namespace choreo::ctl {
namespace {

bool is_group(const std::string& word) {
  return std::any_of(commands().begin(), commands().end(),
                     [&](const auto& entry) { return entry.first.starts_with(word + " "); });
}

const Command* find_command(const std::string& name) {
  const auto found = commands().find(name);
  return found == commands().end() ? nullptr : &found->second;
}

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {}

  Result<Invocation> run() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--" && !only_arguments_) {
        only_arguments_ = true;
      } else if (!only_arguments_ && word.size() > 1 && word.front() == '-') {
        CHOREO_TRY(option(word));
      } else {
        CHOREO_TRY(argument(word));
      }
    }
    CHOREO_TRY(check_count());
    return std::move(out_);
  }

 private:
  std::string hint() const {
    return "; `choreoctl" + (out_.command == nullptr ? "" : " " + out_.command->name) + " --help` tells what there is";
  }

  Status argument(const std::string& word) {
    if (out_.command != nullptr) {
      out_.arguments.positional.push_back(word);
      return {};
    }
    const std::string name = out_.group.empty() ? word : out_.group + " " + word;
    out_.command = find_command(name);
    if (out_.command != nullptr) return {};
    if (out_.group.empty() && is_group(word)) {
      out_.group = word;
      return {};
    }
    const std::string help = out_.group.empty() ? "`choreoctl --help`" : "`choreoctl " + out_.group + " --help`";
    return bad_usage("there is no command '" + name + "'; " + help + " lists them");
  }

  Status option(const std::string& word) {
    if (word == "-h" || word == "--help") return out_.help = true, Status();
    if (word == "--version") return out_.version = true, Status();
    if (word == "--json") return out_.json = true, Status();
    const std::size_t equals = word.find('=');
    const std::string name =
        word.starts_with("--") ? word.substr(2, equals == std::string::npos ? equals : equals - 2) : std::string();
    const bool setting = std::count(setting_names().begin(), setting_names().end(), name) > 0;
    const Option* known = setting ? nullptr : option_of_command(name);
    if (!setting && known == nullptr) return bad_usage("unknown option '" + word.substr(0, equals) + "'" + hint());
    std::string value;
    const bool takes_value = setting || !known->value.empty();
    if (!takes_value && equals != std::string::npos) return bad_usage("--" + name + " takes no value" + hint());
    if (takes_value) CHOREO_TRY(read_value(word, equals, name, value));
    if (setting) {
      out_.settings.push_back("--" + name);
      out_.settings.push_back(std::move(value));
    } else {
      out_.arguments.options[name].push_back(std::move(value));
    }
    return {};
  }

  Status read_value(const std::string& word, std::size_t equals, const std::string& name, std::string& value) {
    if (equals != std::string::npos) return value = word.substr(equals + 1), Status();
    if (at_ == words_.size()) return bad_usage("--" + name + " needs a value" + hint());
    return value = words_[at_++], Status();
  }

  const Option* option_of_command(const std::string& name) const {
    if (out_.command == nullptr || name.empty()) return nullptr;
    for (const Option& option : out_.command->options)
      if (option.name == name) return &option;
    return nullptr;
  }

  Status check_count() const {
    if (out_.help || out_.version || out_.command == nullptr) return {};
    const std::size_t count = out_.arguments.positional.size();
    const Command& command = *out_.command;
    if (count < command.min_arguments)
      return bad_usage("an argument is missing: choreoctl " + command.name + " " + command.arguments + hint());
    if (count > command.max_arguments)
      return bad_usage("unexpected argument '" + out_.arguments.positional[command.max_arguments] + "'" + hint());
    return {};
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  bool only_arguments_ = false;
  Invocation out_;
};

}  // namespace

Result<Invocation> parse_command_line(const std::vector<std::string>& words) {
  return Parser(words).run();
}

}  // namespace choreo::ctl
