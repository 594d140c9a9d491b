// choreoctl complete: what may stand at the end of a command line that is being typed; the shell's completion asks it.
#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "ctl/answers.h"
#include "ctl/command.h"
#include "ctl/exit_codes.h"
#include "ctl/settings.h"
#include "json/scan.h"

namespace choreo::ctl {
namespace {

constexpr long kTimeoutMs = 2000;  // somebody waits at the keyboard

struct Typed {
  const Command* command = nullptr;
  std::string group;                    // the first word of a command of two
  std::vector<std::string> positional;  // after the command
  bool value_is_due = false;            // the word before is an option that takes one
};

bool takes_value(const Command* command, const std::string& word) {
  if (!word.starts_with("--") || word.find('=') != std::string::npos) return false;
  for (const std::string& name : setting_names())
    if (word == "--" + name) return true;
  if (command == nullptr) return false;
  for (const Option& option : command->options)
    if (word == "--" + option.name) return !option.value.empty();
  return false;
}

// What the words before the last one are.
Typed understood(const std::vector<std::string>& words) {
  Typed typed;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (std::exchange(typed.value_is_due, false)) continue;
    if (word.starts_with('-')) {
      typed.value_is_due = takes_value(typed.command, word);
      continue;
    }
    if (typed.command != nullptr) {
      typed.positional.push_back(word);
      continue;
    }
    const std::string name = typed.group.empty() ? word : typed.group + " " + word;
    const auto found = commands().find(name);
    if (found != commands().end())
      typed.command = &found->second;
    else
      typed.group = name;
  }
  return typed;
}

std::vector<std::string> options_of(const Typed& typed) {
  std::vector<std::string> out = {"--json", "--help", "--version"};
  for (const std::string& name : setting_names()) out.push_back("--" + name);
  if (typed.command != nullptr)
    for (const Option& option : typed.command->options) out.push_back("--" + option.name);
  return out;
}

std::vector<std::string> next_words(const std::string& group) {
  std::vector<std::string> out;
  const std::string prefix = group.empty() ? "" : group + " ";
  for (const auto& [name, command] : commands()) {
    if (!name.starts_with(prefix)) continue;
    std::string word = name.substr(prefix.size());
    word = word.substr(0, word.find(' '));
    if (out.empty() || out.back() != word) out.push_back(word);
  }
  return out;
}

// A name that a server made up could do something to the line that is being typed.
bool is_word(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// The values of a member in the list that the server answers; none where it does not.
std::vector<std::string> asked(Context& context, const std::string& path, const char* list, const char* name) {
  std::vector<std::string> out;
  const Result<std::string> answer = context.http().json({.path = path, .timeout_ms = kTimeoutMs});
  if (!answer.ok()) return out;
  for (const std::string_view each : json::elements(array_or_none(*answer, list)))
    if (std::string value = text_of(each, name); is_word(value)) out.push_back(std::move(value));
  return out;
}

std::vector<std::string> arguments_of(Context& context, const Typed& typed) {
  std::istringstream names(typed.command->arguments);
  std::string name;
  for (std::size_t i = 0; i <= typed.positional.size(); ++i)
    if (!(names >> name)) return {};
  if (name == "SLUG") return asked(context, "/instances", "instances", "slug");
  if (name == "WEBHOOK") return asked(context, "/" + encoded(typed.positional[0]) + "/webhooks", "webhooks", "id");
  return {};
}

Result<int> run_complete(Context& context, const Arguments& arguments) {
  if (arguments.positional.empty()) return kDone;
  const std::string& last = arguments.positional.back();
  const Typed typed = understood(arguments.positional);
  std::vector<std::string> words;
  if (typed.value_is_due)
    words = {};
  else if (last.starts_with('-'))
    words = options_of(typed);
  else if (typed.command == nullptr)
    words = next_words(typed.group);
  else
    words = arguments_of(context, typed);
  for (const std::string& word : words)
    if (word.starts_with(last)) print_line(word);
  return kDone;
}

const Register complete({"complete",
                         "-- WORD…",
                         "Prints how the last word of a command line could go on",
                         "",
                         {},
                         0,
                         kAnyNumber,
                         &run_complete});

}  // namespace
}  // namespace choreo::ctl
