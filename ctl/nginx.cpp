// choreoctl nginx NAME: the nginx site for a name on the internet. choreoctl nginx --limits: the limits of all sites.
//
// The package's shell scripts make them (packaging/choreo-nginx, choreo-nginx-limits): whoever runs nginx can read
// them. This program becomes the script, which checks what it is given and says what is left to do.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include "ctl/command.h"
#include "ctl/exit_codes.h"

namespace choreo::ctl {
namespace {

constexpr const char* kSiteScript = "/usr/lib/choreo/choreo-nginx";
constexpr const char* kLimitsScript = "/usr/lib/choreo/choreo-nginx-limits";

Result<int> become(std::vector<std::string> words) {
  std::vector<char*> command;
  command.reserve(words.size() + 1);
  for (std::string& word : words) command.push_back(word.data());
  command.push_back(nullptr);
  static_cast<void>(std::fflush(stdout));
  ::execv(command[0], command.data());
  return make_error(
      ErrorKind::unavailable, "no_script",
      words[0] + ": " + std::generic_category().message(errno) +
          "; it comes with the Debian package (scripts/package); without it, scripts/nginx-site prints a site");
}

Result<int> run_nginx(Context& context, const Arguments& arguments) {
  if (arguments.has("limits") != arguments.positional.empty())
    return bad_usage("nginx takes either a NAME or --limits");
  if (arguments.has("limits")) return become({kLimitsScript, "--config", context.settings().config});
  std::vector<std::string> words{kSiteScript};
  if (arguments.has("force")) words.emplace_back("--force");
  words.push_back(arguments.positional[0]);
  return become(std::move(words));
}

const Register nginx(
    {"nginx",
     "[NAME]",
     "Makes the nginx site for a name on the internet, or has nginx hold the limits of the settings file",
     "Writes /etc/nginx/sites-available/choreo-NAME (HTTP/2, ready for certbot), enables it, and says the "
     "two commands that are left. nginx is not reloaded.\n\n"
     "With --limits: has nginx hold CHOREO_CLIENT_REQUESTS, CHOREO_TOKEN_REQUESTS, CHOREO_CLIENT_STREAMS, "
     "CHOREO_MAX_BODY_BYTES and CHOREO_TRUSTED_PROXIES of the settings file, for all sites, and reloads it. "
     "What nginx refuses changes nothing. Both take root.",
     {{"force", "", "replace the site file that is there"}, {"limits", "", "take the limits from the settings file"}},
     0,
     1,
     &run_nginx});

}  // namespace
}  // namespace choreo::ctl
