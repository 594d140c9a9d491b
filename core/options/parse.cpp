// Reading the sources of settings, the strongest first.

#include <boost/program_options.hpp>
#include <filesystem>
#include <utility>

#include "options/file.h"
#include "options/names.h"
#include "options/options.h"

namespace choreo::options {
namespace {

namespace po = boost::program_options;

constexpr const char* kConfig = "config";
constexpr const char* kConfigVariable = "CHOREO_CONFIG";

// The library refuses `--name=`; it means the empty text, as `--name ''` does.
std::vector<std::string> arguments(int argc, const char* const* argv) {
  std::vector<std::string> out;
  for (int i = 1; i < argc; ++i) {
    std::string argument(argv[i]);
    if (argument.size() > 3 && argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      out.push_back(argument.substr(0, argument.size() - 1));
      out.emplace_back();
    } else {
      out.push_back(std::move(argument));
    }
  }
  return out;
}

}  // namespace

const OptionSet::Entry* OptionSet::entry_for(const std::string& environment) const {
  for (const Entry& entry : entries_)
    if (entry.environment == environment) return &entry;
  return nullptr;
}

Result<OptionSet::Outcome> OptionSet::read_command_line(int argc, const char* const* argv, GivenByName& given) const {
  po::options_description known;
  known.add_options()("help", "")("version", "")("check", "")(kConfig, po::value<std::string>(), "");
  for (const Entry& entry : entries_) known.add_options()(entry.name.c_str(), po::value<std::string>(), "");
  constexpr int kStyle = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                         po::command_line_style::long_allow_next;
  const std::string hint = "; " + program_ + " --help lists the settings";
  Outcome outcome = Outcome::run;
  try {
    for (const auto& option :
         po::command_line_parser(arguments(argc, argv)).options(known).style(kStyle).run().options) {
      if (option.position_key >= 0)
        return invalid("bad_option", "unexpected argument '" + option.value.at(0) + "'" + hint);
      if (option.string_key == "help") return Outcome::help;
      if (option.string_key == "version") outcome = Outcome::version;
      if (option.string_key == "check" && outcome == Outcome::run) outcome = Outcome::check;
      if (option.string_key == "version" || option.string_key == "check") continue;
      const std::string name = "--" + option.string_key;
      if (!given.try_emplace(option.string_key, Given{option.value.at(0), name}).second)
        return invalid("bad_option", name + " was given twice");
    }
  } catch (const po::unknown_option& error) {
    const std::string name = error.get_option_name();
    return invalid("bad_option", "unknown option '" + name.substr(0, name.find('=')) + "'" + hint);
  } catch (const std::exception& error) {
    return invalid("bad_option", error.what() + hint);
  }
  return outcome;
}

void OptionSet::read_environment(const std::map<std::string, std::string>& env, GivenByName& given) const {
  for (const Entry& entry : entries_) {
    const auto found = env.find(entry.environment);
    if (found != env.end()) given.try_emplace(entry.name, Given{found->second, "environment variable " + found->first});
  }
  const auto file = env.find(kConfigVariable);
  if (file != env.end())
    given.try_emplace(kConfig, Given{file->second, std::string("environment variable ") + kConfigVariable});
}

Status OptionSet::read_file(GivenByName& given) const {
  const auto named = given.find(kConfig);
  const std::string path = named == given.end() ? default_file_ : named->second.value;
  std::error_code error;
  if (named == given.end() && !std::filesystem::exists(path, error) && !error) return {};
  CHOREO_ASSIGN(const std::vector<FileLine> lines, options::read_file(path));
  for (const FileLine& line : lines) {
    const std::string origin = path + " line " + std::to_string(line.number) + ", " + line.name;
    if (find_setting(line.name) == nullptr || line.name == kConfigVariable)
      return invalid("bad_option", origin + ": there is no such setting; docs/configuration.md lists them");
    const Entry* entry = entry_for(line.name);
    if (entry != nullptr) given.try_emplace(entry->name, Given{line.value, origin});
  }
  return {};
}

Result<OptionSet::Outcome> OptionSet::parse(int argc, const char* const* argv,
                                            const std::map<std::string, std::string>& env) {
  CHOREO_TRY(check_documented());
  GivenByName given;
  CHOREO_ASSIGN(const Outcome outcome, read_command_line(argc, argv, given));
  if (outcome == Outcome::help || outcome == Outcome::version) return outcome;
  read_environment(env, given);
  CHOREO_TRY(read_file(given));
  for (const Entry& entry : entries_) {
    const auto found = given.find(entry.name);
    if (found == given.end()) continue;
    const std::string allowed = entry.assign(found->second.value);
    if (!allowed.empty())
      return invalid("bad_option", found->second.origin + ": the value '" + found->second.value +
                                       "' is not allowed; allowed: " + allowed);
  }
  return outcome;
}

}  // namespace choreo::options
