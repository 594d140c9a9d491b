#include "ctl/settings.h"

#include <filesystem>

namespace choreo::ctl {
namespace {

constexpr const char* kProgram = "choreoctl";
constexpr const char* kSummary = "looks after a Choreo server and its data";

// A relative default is for a checkout, where `sign` exists; an installed site has its data elsewhere.
std::string existing(const char* beside, const char* sign, const char* of_the_site) {
  std::error_code error;
  if (std::filesystem::exists(sign, error)) return beside;
  return std::filesystem::exists(of_the_site, error) ? of_the_site : beside;
}

std::string allowed_url(const std::string& text) {
  const bool good = text.empty() || text.starts_with("http://") || text.starts_with("https://");
  return good ? "" : "an address that begins with http:// or https://";
}

}  // namespace

void Settings::declare(options::OptionSet& set) {
  set.add("url", url, allowed_url, "where the server answers");
  set.add("token", token, "sent as 'Authorization: Bearer'; better in the environment, as others see command lines");
  set.add("dir", dir, "data directory, for the commands that work on the files");
  set.add("run-dir", run_dir, "directory of the processes' sockets and status");
  set.add("keys-dir", keys_dir, "directory of the keys that tokens are signed with");
  set.add("port", port, 1, 65535, "where nginx listens, if no url is set");
}

Result<Settings> Settings::read(const std::vector<std::string>& given) {
  Settings settings;
  options::OptionSet set(kProgram, kSummary);
  settings.declare(set);
  std::vector<const char*> words = {kProgram};
  for (const std::string& word : given) words.push_back(word.c_str());
  const auto environment = options::environment();
  CHOREO_ASSIGN([[maybe_unused]] const auto outcome,
                set.parse(static_cast<int>(words.size()), words.data(), environment));
  if (const auto named = environment.find("CHOREO_CONFIG"); named != environment.end()) settings.config = named->second;
  for (std::size_t i = 0; i + 1 < given.size(); ++i)
    if (given[i] == "--config") settings.config = given[i + 1];
  if (settings.dir.empty()) settings.dir = existing("./instances", "./instances", kSiteDir);
  // Not ./run itself: in / that is the system's.
  if (settings.run_dir.empty()) settings.run_dir = existing("./run", "./run/status", kSiteRunDir);
  if (settings.url.empty()) settings.url = "http://127.0.0.1:" + std::to_string(settings.port);
  while (settings.url.ends_with('/')) settings.url.pop_back();
  return settings;
}

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> names = {"url", "token", "dir", "run-dir", "port", "config"};
  return names;
}

std::string settings_help() {
  return "  --url URL        where the server answers (CHOREO_URL; http://127.0.0.1:<CHOREO_PORT>)\n"
         "  --token TOKEN    access token (CHOREO_TOKEN)\n"
         "  --dir DIR        data directory (CHOREO_DIR; ./instances, else /var/lib/choreo)\n"
         "  --run-dir DIR    sockets and status of the processes (CHOREO_RUN_DIR; ./run, else /run/choreo)\n"
         "  --port PORT      where nginx listens on 127.0.0.1 (CHOREO_PORT; 8420)\n"
         "  --config FILE    settings file (CHOREO_CONFIG; /etc/choreo/choreo.conf where it exists)\n"
         "  --json           answers, and errors on standard error, as JSON\n"
         "  --help, --version\n";
}

}  // namespace choreo::ctl
