// Settings: command line, then environment, then file, then default (SPEC 8).
//
// A daemon declares a plain struct with defaults and an OptionSet that binds each member to its names. One documented
// name a setting: the environment and the file use CHOREO_<NAME>, the command line --<name> (lower case, dashes). A bad
// value, or a name in the file that no daemon knows (options/names.h), stops the process with the name, the value and
// what is allowed. Thread-safety: none; used before threads start.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace choreo::options {

inline constexpr const char* kDefaultFile = "/etc/choreo/choreo.conf";

class OptionSet {
 public:
  // program: name in --help and --version; summary: one sentence; default_file: read where it exists and no other is
  // named.
  OptionSet(std::string program, std::string summary, std::string default_file = kDefaultFile);

  // name: "snapshot-interval" (environment CHOREO_SNAPSHOT_INTERVAL). The member's value at this moment is the default.
  void add(const std::string& name, std::int64_t& value, std::int64_t min, std::int64_t max, const std::string& help);
  void add(const std::string& name, bool& value, const std::string& help);  // true|false|1|0|yes|no|on|off
  void add(const std::string& name, std::string& value, const std::string& help);
  // check: returns what is allowed if the value is bad, else "".
  void add(const std::string& name, std::string& value, std::function<std::string(const std::string&)> check,
           const std::string& help);
  void add_choice(const std::string& name, std::string& value, std::vector<std::string> allowed,
                  const std::string& help);

  enum class Outcome { run, check, help, version };  // check: like run, but only to see whether the settings are right
  // Reads everything into the bound members. env: the environment (getenv'able names and values).
  // The file is --config, else CHOREO_CONFIG, else default_file where that exists (options/file.h has its form). Only
  // the value that wins is checked. Errors: invalid/bad_option with a whole sentence; internal/undocumented_option
  // where an entry and options/names.h differ, a defect that no start survives.
  Result<Outcome> parse(int argc, const char* const* argv, const std::map<std::string, std::string>& env);
  std::string help() const;
  std::string version() const;

  struct Entry {
    std::string name;         // "snapshot-interval"
    std::string environment;  // "CHOREO_SNAPSHOT_INTERVAL"
    std::string default_text;
    std::string allowed;  // "1..65535", "one of a, b", "" for any text
    std::string help;
    std::function<std::string(const std::string&)> assign;  // "" or what is allowed
  };
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  struct Given {
    std::string value;
    std::string origin;  // "--port", "environment variable CHOREO_PORT", "choreo.conf line 3, CHOREO_PORT"
  };
  using GivenByName = std::map<std::string, Given>;  // by Entry::name; the first source to name one wins

  void add_entry(Entry entry);
  Status check_documented() const;
  Result<Outcome> read_command_line(int argc, const char* const* argv, GivenByName& given) const;
  void read_environment(const std::map<std::string, std::string>& env, GivenByName& given) const;
  Status read_file(GivenByName& given) const;
  const Entry* entry_for(const std::string& environment) const;

  std::string program_;
  std::string summary_;
  std::string default_file_;
  std::vector<Entry> entries_;
};

// The environment of this process.
std::map<std::string, std::string> environment();

}  // namespace choreo::options
