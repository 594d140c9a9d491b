#include "options/options.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

#include "options/names.h"

namespace choreo::options {
namespace {

std::string environment_name(const std::string& name) {
  std::string out = "CHOREO_";
  for (char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

OptionSet::OptionSet(std::string program, std::string summary, std::string default_file)
    : program_(std::move(program)), summary_(std::move(summary)), default_file_(std::move(default_file)) {}

void OptionSet::add_entry(Entry entry) {
  entry.environment = environment_name(entry.name);
  entries_.push_back(std::move(entry));
}

void OptionSet::add(const std::string& name, std::int64_t& value, std::int64_t min, std::int64_t max,
                    const std::string& help) {
  std::string allowed = std::to_string(min) + ".." + std::to_string(max);
  auto assign = [&value, min, max, allowed](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) return allowed;
    value = number;
    return "";
  };
  add_entry({name, "", std::to_string(value), allowed, help, std::move(assign)});
}

void OptionSet::add(const std::string& name, bool& value, const std::string& help) {
  const std::vector<std::string> yes = {"true", "1", "yes", "on"};
  const std::vector<std::string> no = {"false", "0", "no", "off"};
  std::string allowed = joined(yes) + ", " + joined(no);
  auto assign = [&value, yes, no, allowed](const std::string& text) -> std::string {
    const bool is_yes = std::find(yes.begin(), yes.end(), text) != yes.end();
    if (!is_yes && std::find(no.begin(), no.end(), text) == no.end()) return allowed;
    value = is_yes;
    return "";
  };
  add_entry({name, "", value ? "true" : "false", allowed, help, std::move(assign)});
}

void OptionSet::add(const std::string& name, std::string& value, const std::string& help) {
  add(
      name, value, [](const std::string&) { return std::string(); }, help);
}

void OptionSet::add(const std::string& name, std::string& value, std::function<std::string(const std::string&)> check,
                    const std::string& help) {
  auto assign = [&value, check = std::move(check)](const std::string& text) {
    std::string allowed = check(text);
    if (allowed.empty()) value = text;
    return allowed;
  };
  add_entry({name, "", value, "", help, std::move(assign)});
}

void OptionSet::add_choice(const std::string& name, std::string& value, std::vector<std::string> allowed,
                           const std::string& help) {
  std::string text = joined(allowed);
  auto assign = [&value, allowed = std::move(allowed), text](const std::string& given) -> std::string {
    if (std::find(allowed.begin(), allowed.end(), given) == allowed.end()) return text;
    value = given;
    return "";
  };
  add_entry({name, "", value, text, help, std::move(assign)});
}

Status OptionSet::check_documented() const {
  const auto defect = [&](const Entry& entry, const std::string& what) {
    return make_error(ErrorKind::internal, "undocumented_option",
                      program_ + "'s setting " + entry.environment + " " + what + " (core/options/names.cpp)");
  };
  for (const Entry& entry : entries_) {
    const Setting* setting = find_setting(entry.environment);
    if (setting == nullptr) return defect(entry, "is not documented");
    if (entry.allowed.empty()) continue;
    if (entry.allowed != setting->allowed)
      return defect(entry, "allows " + entry.allowed + "; documented is " + std::string(setting->allowed));
    if (entry.default_text != setting->fallback)
      return defect(entry, "defaults to " + entry.default_text + "; documented is " + std::string(setting->fallback));
  }
  return {};
}

std::string OptionSet::version() const {
  return program_ + " " CHOREO_VERSION "\n";
}

std::string OptionSet::help() const {
  std::string out =
      program_ + ": " + summary_ +
      "\n\nEach setting is taken from the command line, else the environment, else the settings file, else "
      "its default.\n\n";
  for (const Entry& entry : entries_) {
    const Setting* setting = find_setting(entry.environment);
    const std::string documented = setting == nullptr ? "" : std::string(setting->fallback);
    const std::string fallback = entry.default_text.empty() ? documented : entry.default_text;
    out += "  --" + entry.name + " VALUE   (" + entry.environment + ")\n      " + entry.help +
           "\n      default: " + (fallback.empty() ? "none" : fallback) +
           (entry.allowed.empty() ? "" : "; allowed: " + entry.allowed) + "\n";
  }
  return out + "  --config FILE   (CHOREO_CONFIG)\n      the settings file\n      default: " + default_file_ +
         " where that exists\n  --check\n      only check the settings\n  --help\n  --version\n";
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace choreo::options
