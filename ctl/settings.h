// choreoctl's settings, read like those of the daemons (core/options): command line, environment, settings file,
// default.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "options/options.h"

namespace choreo::ctl {

// Where the package keeps things; used where nothing is set and the working directory has no data of its own.
inline constexpr const char* kSiteDir = "/var/lib/choreo";
inline constexpr const char* kSiteRunDir = "/run/choreo";

struct Settings {
  std::string url;    // CHOREO_URL; else http://127.0.0.1:<CHOREO_PORT>
  std::string token;  // CHOREO_TOKEN; "" for none
  std::string dir;    // CHOREO_DIR
  std::string run_dir;
  std::string keys_dir = "/etc/choreo/keys";  // CHOREO_KEYS_DIR, for the commands that make tokens
  std::int64_t port = 8420;
  std::string config = options::kDefaultFile;  // the settings file that is read where it exists

  void declare(options::OptionSet& set);
  // Reads all sources; `given`: the settings among the command line's words, "--url", "http://…".
  static Result<Settings> read(const std::vector<std::string>& given);
};

// "url", "token" …: what the command line takes with every command.
const std::vector<std::string>& setting_names();
std::string settings_help();

}  // namespace choreo::ctl
